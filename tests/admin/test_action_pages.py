"""Who may do what, and by which way, whatever the action is."""

import pytest
from django.contrib.auth.backends import BaseBackend
from django.core.management import get_commands
from django.db import connections

from tests.admin.conftest import logged_in
from tests.admin.pages import (
    button_of,
    can_confirm,
    choose,
    confirm,
    do_many,
    history,
    list_of,
    page_of,
    said,
    ticked_of,
)
from ttminis_auth.admin import IdentityAdmin, WebhookDeliveryAdmin, action_pages
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


@pytest.mark.parametrize("action", ACTIONS)
def test_view_only_staff_see_no_action_and_reach_none(staff, mia, action):
    browser = staff("view_identity")

    page = browser.get(page_of(mia)).content.decode()

    assert "/do/" not in page
    assert browser.get(button_of(mia, action)).status_code == 403
    assert browser.post(button_of(mia, action), {"confirmed": 1}).status_code == 403
    do_many(browser, action, [mia])
    assert Identity.objects.get().state == "active"
    assert history(mia) == []


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
def test_operator_who_may_not_view_a_row_may_not_act_on_it(staff, mia, action):
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
        "tests.admin.test_action_pages.ByHandle",
    ]


def test_permission_for_one_row_is_enough_for_that_row(staff, person, by_object):
    mine, other = person("mine"), person("other")
    browser = staff()

    assert button_of(mine, "refresh") in browser.get(page_of(mine)).content.decode()
    assert browser.get(button_of(mine, "refresh")).status_code == 200
    assert browser.get(page_of(other)).status_code == 403
    assert browser.get(button_of(other, "refresh")).status_code == 403


def test_one_forbidden_row_forbids_the_action_on_all(desk, person, monkeypatch):
    allowed, other = person("mine", grant=None), person("other", grant=None)
    stock = IdentityAdmin.may
    monkeypatch.setattr(
        IdentityAdmin,
        "may",
        lambda self, request, action, row=None: (
            row != other and stock(self, request, action, row)
        ),
    )

    assert do_many(desk, "erase", [allowed, other]).status_code == 403
    assert Identity.objects.count() == 2
    assert do_many(desk, "erase", [allowed]).status_code == 200
    assert Identity.objects.get() == other


def test_permission_for_single_rows_does_not_open_the_list(staff, person, by_object):
    mine = person("mine", grant=None)

    assert do_many(staff(), "erase", [mine]).status_code == 403
    assert Identity.objects.get() == mine


@pytest.mark.parametrize("action", ["nonsense", "delete", "act_on_one"])
def test_an_action_that_is_none_is_not_found(desk, mia, action):
    assert desk.get(button_of(mia, action)).status_code == 404


@pytest.mark.parametrize("pk", ["0", "nonsense", "9" * 40, "_00"])
def test_an_action_on_an_unknown_identity_is_not_found(desk, pk):
    assert desk.get(f"{list_of('identity')}{pk}/do/refresh/").status_code == 404


@pytest.mark.parametrize("action", sorted({*ACTIONS} - {*FOR_MANY}))
def test_action_for_one_row_is_not_done_to_many(desk, crowd, action):
    do_many(desk, action, crowd)

    assert [history(row) for row in crowd] == [[]] * 5
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("pk", ["0", "-1"])
def test_rows_that_are_none_are_nothing_to_do(desk, pk, crowd):
    data = {"action": "erase", "_selected_action": pk, "asked": 1, "confirmed": 1}

    page = desk.post(list_of("identity"), data, follow=True)

    assert page.status_code == 200
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("action", FOR_MANY)
def test_ticked_rows_are_shown_before_the_action(desk, crowd, action):
    page = choose(desk, action, crowd)

    assert can_confirm(page)
    assert ticked_of(page) == {str(row.pk) for row in crowd}
    assert history(crowd[0]) == []


def test_action_is_done_to_ticked_rows_with_an_entry_for_each(desk, crowd):
    page = do_many(desk, "end_sessions", crowd)

    assert said(page) == ["End sessions: 5 done."]
    assert [history(row) for row in crowd] == [[ENDED]] * 5


def test_rows_that_were_refused_are_named(desk, crowd):
    page = do_many(desk, "refresh", crowd[:2])

    assert {*said(page)} == {
        f"TikTok identity {row.pk}: No token is alive. Only a new login helps."
        for row in crowd[:2]
    }


def test_only_so_many_rows_are_named(desk, person):
    people = [person(f"p{number}", grant=None) for number in range(23)]

    page = choose(desk, "refresh", people)
    done = do_many(desk, "refresh", people)

    assert "And 3 more." in page.content.decode()
    assert len(said(done)) == 21
    assert said(done)[-1] == "3 more were not done."


@pytest.mark.parametrize(
    ("action", "advice"),
    [
        ("refresh", "run manage.py ttminis_refresh"),
        ("erase", "run manage.py ttminis_erase"),
        ("revoke", "choose fewer"),
    ],
)
def test_more_than_fits_a_request_is_refused_before_it_begins(
    desk, crowd, monkeypatch, action, advice
):
    monkeypatch.setattr(action_pages, "MOST_ROWS", 4)

    expected = [f"No more than 4 at once: {advice}."]

    assert said(desk.get(choose(desk, action, crowd).url)) == expected
    assert said(do_many(desk, action, crowd)) == expected
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("model", [IdentityAdmin, WebhookDeliveryAdmin])
def test_each_command_that_is_named_exists(model):
    named = {action.command.partition(" ")[0] for action in model.row_actions} - {""}

    assert named
    assert named <= {*get_commands()}


@pytest.fixture
def slow_clock(monkeypatch):
    """Let ten seconds pass at each look at the clock."""
    ticks = iter(range(1000))
    monkeypatch.setattr(action_pages, "monotonic", lambda: next(ticks) * 10.0)


def test_rows_that_no_time_was_left_for_are_named(desk, crowd, slow_clock):
    page = do_many(desk, "end_sessions", crowd)

    done, *left = said(page)
    assert done == "End sessions: 2 done."
    assert all(text.endswith("There was no time left for it.") for text in left)
    assert sorted(len(history(row)) for row in crowd) == [0, 0, 0, 1, 1]


def test_row_that_is_erased_meanwhile_is_skipped(desk, crowd, monkeypatch, caplog):
    log_change = IdentityAdmin.log_change

    def log_and_erase(self, request, row, text):
        Identity.objects.exclude(pk=row.pk).delete()
        return log_change(self, request, row, text)

    monkeypatch.setattr(IdentityAdmin, "log_change", log_and_erase)
    page = do_many(desk, "end_sessions", crowd[:2])

    assert said(page)[0] == "End sessions: 1 done."
    assert said(page)[1].endswith("It has changed meanwhile.")
    assert not [r for r in caplog.records if r.name == "ttminis_auth"]


def test_permission_that_is_taken_away_meanwhile_counts(
    staff, crowd, monkeypatch, settings
):
    browser = staff("view_identity", "end_sessions_identity")
    stock = IdentityAdmin.may
    monkeypatch.setattr(
        IdentityAdmin,
        "may",
        lambda self, request, action, row=None: (
            stock(self, request, action, row)
            and (row is None or not history(crowd[-1]))
        ),
    )

    page = do_many(browser, "end_sessions", crowd)

    assert said(page)[0] == "End sessions: 1 done."
    assert [history(row) for row in crowd[:-1]] == [[]] * 4


def test_a_form_that_was_left_out_is_asked_for(desk, mia):
    page = desk.post(button_of(mia, "link"), {"confirmed": 1})

    assert page.status_code == 200
    assert "This field is required." in page.content.decode()


def test_action_views_run_outside_of_a_transaction(desk, mia):
    for address in (button_of(mia, "refresh"), list_of("identity")):
        view = desk.get(address).resolver_match.func

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
