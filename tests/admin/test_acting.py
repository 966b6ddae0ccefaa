"""Who may do what, and by which way, whatever the action is."""

import pytest
from django.contrib.auth.backends import BaseBackend
from django.core import signing
from django.db import connections

from tests.admin.conftest import logged_in
from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    form_of,
    history,
    list_of,
    page_of,
    said,
)
from ttminis_auth.admin import IdentityAdmin, job
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

ENDED = "The sessions that began in a mini app have ended."
ACTIONS = [action.name for action in IdentityAdmin.row_actions]
FOR_MANY = [action.name for action in IdentityAdmin.row_actions if action.takes_many]


@pytest.fixture
def mia(person):
    return person("mia")


@pytest.fixture
def crowd(person):
    return [person(f"p{number}", grant=None) for number in range(5)]


def choose(browser, action, rows):
    ticked = [row.pk for row in rows]
    told = {"action": action, "_selected_action": ticked, "index": 0}
    return browser.post(list_of("identity"), told)


def do_many(browser, action, rows):
    return browser.post(
        f"{list_of('identity')}do/{action}/",
        {"pks": ",".join(str(row.pk) for row in rows), "asked": 1, "confirmed": 1},
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_view_only_staff_see_no_action_and_reach_none(staff, mia, action):
    browser = staff("view_identity")

    page = browser.get(page_of(mia)).content.decode()

    assert "/do/" not in page
    assert browser.get(button_of(mia, action)).status_code == 403
    assert browser.post(button_of(mia, action), {"confirmed": 1}).status_code == 403
    assert do_many(browser, action, [mia]).status_code in (403, 404)


def test_view_only_staff_find_no_action_in_the_list(staff, mia):
    page = staff("view_identity").get(list_of("identity")).content.decode()

    assert 'name="action"' not in page


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_has_a_permission_of_its_own(staff, mia, action):
    browser = staff("view_identity", f"{action}_identity")

    page = browser.get(page_of(mia)).content.decode()

    assert [a for a in ACTIONS if button_of(mia, a) in page] == [action]
    assert browser.get(button_of(mia, action)).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_not_look_may_not_act(staff, mia, action):
    browser = staff(f"{action}_identity")

    assert browser.get(button_of(mia, action)).status_code == 403


def test_a_stranger_is_sent_to_the_login(client, mia):
    response = client.get(button_of(mia, "erase"))

    assert response.status_code == 302
    assert "login" in response.url


class ByHandle(BaseBackend):
    """Grants everything about rows whose open_id says so, as django-guardian might."""

    def has_perm(self, user_obj, perm, obj=None):
        return isinstance(obj, Identity) and obj.open_id.startswith("open-mine")


@pytest.fixture
def by_object(settings):
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "tests.admin.test_acting.ByHandle",
    ]


def test_permission_for_one_row_is_enough_for_that_row(staff, person, by_object):
    mine, other = person("mine"), person("other")
    browser = staff()

    assert button_of(mine, "refresh") in browser.get(page_of(mine)).content.decode()
    assert browser.get(button_of(mine, "refresh")).status_code == 200
    assert browser.get(page_of(other)).status_code == 403
    assert browser.get(button_of(other, "refresh")).status_code == 403


def test_one_forbidden_row_among_others_forbids_all(staff, person, by_object):
    mine, other = person("mine", grant=None), person("other", grant=None)
    browser = staff()

    assert do_many(browser, "erase", [mine, other]).status_code == 403
    assert Identity.objects.count() == 2
    assert do_many(browser, "erase", [mine]).status_code == 302
    assert [each.open_id for each in Identity.objects.all()] == ["open-other"]


@pytest.mark.parametrize("action", ["nonsense", "delete", "act_on_one"])
def test_an_action_that_is_none_is_not_found(desk, mia, action):
    assert desk.get(button_of(mia, action)).status_code == 404


@pytest.mark.parametrize("pk", ["0", "nonsense", "9" * 40, "_00"])
def test_an_action_on_nobody_is_not_found(desk, pk):
    assert desk.get(f"{list_of('identity')}{pk}/do/refresh/").status_code == 404


def test_what_is_for_one_is_not_done_to_many(desk, crowd):
    assert do_many(desk, "link", crowd).status_code == 404


@pytest.mark.parametrize("pks", ["", "nonsense", "1,2,nonsense", "0", "\x00"])
def test_rows_that_are_none_are_nothing_to_do(desk, pks, crowd):
    address = f"{list_of('identity')}do/erase/"

    page = desk.post(address, {"pks": pks, "asked": 1, "confirmed": 1})

    assert page.status_code == 200
    assert not can_confirm(page)
    assert Identity.objects.count() == 5


def test_many_are_not_acted_on_by_an_address(desk):
    response = desk.get(f"{list_of('identity')}do/erase/")

    assert response.url == list_of("identity")


@pytest.mark.parametrize("action", FOR_MANY)
def test_what_is_ticked_is_shown_before_anything_is_done(desk, crowd, action):
    page = choose(desk, action, crowd)

    assert can_confirm(page)
    assert form_of(page)["pks"] == ",".join(str(row.pk) for row in crowd)
    assert history(crowd[0]) == []


def test_what_is_ticked_is_done_and_each_has_its_entry(desk, crowd):
    told = form_of(choose(desk, "end_sessions", crowd))

    address = f"{list_of('identity')}do/end_sessions/"
    page = desk.post(address, {**told, "confirmed": 1}, follow=True)

    assert said(page) == ["End sessions: 5 done."]
    assert [history(row) for row in crowd] == [[ENDED]] * 5


def test_those_that_were_not_done_are_named(desk, crowd):
    page = desk.post(
        f"{list_of('identity')}do/refresh/",
        {"pks": f"{crowd[0].pk},{crowd[1].pk}", "asked": 1, "confirmed": 1},
        follow=True,
    )

    assert said(page) == [
        f"TikTok identity {row.pk}: No token is alive. Only a new login helps."
        for row in crowd[:2]
    ]


def test_only_so_many_rows_are_named(desk, person):
    people = [person(f"p{number}", grant=None) for number in range(23)]

    page = choose(desk, "refresh", people)
    done = desk.post(
        f"{list_of('identity')}do/refresh/",
        {**form_of(page), "confirmed": 1},
        follow=True,
    )

    assert "And 3 more." in page.content.decode()
    assert len(said(done)) == 21
    assert said(done)[-1] == "3 more were not done."


def test_more_than_can_be_done_at_once_is_refused_before_it_begins(
    desk, crowd, monkeypatch
):
    monkeypatch.setattr("ttminis_auth.admin.action_pages.MOST_ROWS", 4)

    page = choose(desk, "refresh", crowd)
    forged = do_many(desk, "erase", crowd)

    assert said(desk.get(page.url)) == ["No more than 4 at once: choose fewer."]
    assert forged.url == list_of("identity")
    assert Identity.objects.count() == 5


@pytest.fixture
def slow_clock(monkeypatch):
    """Let a second pass at each look at the clock, so that a slice is one row."""
    ticks = iter(range(1000))
    monkeypatch.setattr(job, "monotonic", lambda: next(ticks) * 2.0)


def test_a_long_one_shows_how_far_it_is_and_goes_on(desk, crowd, slow_clock):
    first = do_many(desk, "end_sessions", crowd)

    assert "1 of 5" in first.content.decode()
    assert len(history(crowd[0])) == 1
    assert history(crowd[1]) == []


def test_a_long_one_comes_to_its_end(desk, crowd, slow_clock):
    page = do_many(desk, "end_sessions", crowd)
    address = f"{list_of('identity')}do/end_sessions/"
    steps = 1
    while page.status_code == 200:
        page, steps = desk.post(address, form_of(page)), steps + 1

    assert steps == 5
    assert said(desk.get(page.url)) == ["End sessions: 5 done."]
    assert all(len(history(row)) == 1 for row in crowd)


def test_who_was_erased_meanwhile_is_passed_over(desk, crowd, slow_clock, caplog):
    page = do_many(desk, "end_sessions", crowd[:2])
    crowd[1].delete()

    page = desk.post(
        f"{list_of('identity')}do/end_sessions/", form_of(page), follow=True
    )

    assert "It has changed meanwhile." in said(page)[1]
    assert not [r for r in caplog.records if r.name == "ttminis_auth"]


def test_a_job_is_nobody_elses(desk, staff, crowd, slow_clock):
    told = form_of(do_many(desk, "end_sessions", crowd))
    browser = staff("view_identity", "end_sessions_identity")

    page = browser.post(f"{list_of('identity')}do/end_sessions/", told, follow=True)

    assert said(page) == ["That took too long. Please begin again."]
    assert history(crowd[1]) == []


def test_a_job_is_for_no_other_action(desk, crowd, slow_clock):
    told = form_of(do_many(desk, "end_sessions", crowd))

    desk.post(f"{list_of('identity')}do/erase/", told)

    assert Identity.objects.count() == 5


@pytest.mark.parametrize("sealed", ["", "nonsense", "another's"])
def test_a_job_that_was_tampered_with_is_none(desk, crowd, sealed):
    sealed = signing.dumps({"action": "erase"}) if sealed == "another's" else sealed
    page = desk.post(f"{list_of('identity')}do/erase/", {"job": sealed}, follow=True)

    assert said(page) == ["That took too long. Please begin again."]


def test_permission_that_was_taken_away_ends_a_job(staff, crowd, slow_clock):
    browser = staff("view_identity", "end_sessions_identity")
    told = form_of(do_many(browser, "end_sessions", crowd))
    browser.user.user_permissions.clear()

    page = browser.post(f"{list_of('identity')}do/end_sessions/", told)

    assert page.status_code == 403
    assert history(crowd[1]) == []


def test_a_form_that_was_left_out_is_asked_for(desk, mia):
    page = desk.post(button_of(mia, "link"), {"confirmed": 1})

    assert page.status_code == 200
    assert "This field is required." in page.content.decode()


def test_an_action_keeps_its_own_transactions_open_for_nobody(desk, mia):
    view = desk.get(button_of(mia, "refresh")).resolver_match.func

    assert view._non_atomic_requests == {*connections}


def test_a_row_that_a_project_hides_cannot_be_acted_on(desk, mia, monkeypatch):
    monkeypatch.setattr(
        IdentityAdmin, "get_queryset", lambda *args: Identity.objects.none()
    )

    assert desk.get(button_of(mia, "erase")).status_code == 404
    do_many(desk, "erase", [mia])

    assert Identity.objects.exists()


def test_a_popup_list_offers_no_action(desk, mia):
    page = desk.get(list_of("identity"), {"_popup": 1}).content.decode()

    assert 'name="action"' not in page


def test_people_who_are_not_staff_reach_nothing(mia, local_user):
    browser = logged_in(local_user)

    assert browser.get(button_of(mia, "erase")).status_code == 302
    confirm(browser, mia, "erase")
    assert Identity.objects.exists()
