"""Permissions, confirmation and bounds of every action on one row or many."""

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
    messages_of,
    page_of,
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
def test_view_only_staff_can_neither_see_nor_run_an_action(staff, mia, action):
    browser = staff("view_identity")

    page = browser.get(page_of(mia)).content.decode()

    assert "/do/" not in page
    assert browser.get(button_of(mia, action)).status_code == 403
    assert browser.post(button_of(mia, action), {"confirmed": 1}).status_code == 403
    do_many(browser, action, [mia])
    assert Identity.objects.get().state == "active"
    assert history(mia) == []


def test_view_only_staff_see_no_action_in_the_list(staff, mia):
    page = staff("view_identity").get(list_of("identity")).content.decode()

    assert 'name="action"' not in page


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_has_a_permission_of_its_own(staff, mia, action):
    browser = staff("view_identity", f"{action}_identity")

    page = browser.get(page_of(mia)).content.decode()

    assert [a for a in ACTIONS if button_of(mia, a) in page] == [action]
    assert browser.get(button_of(mia, action)).status_code == 200


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_needs_the_view_permission_too(staff, mia, action):
    browser = staff(f"{action}_identity")

    assert browser.get(button_of(mia, action)).status_code == 403


def test_an_anonymous_visitor_is_redirected_to_the_login(client, mia):
    response = client.get(button_of(mia, "erase"))

    assert response.status_code == 302
    assert "login" in response.url


class ByHandle(BaseBackend):
    """Grant all permissions for the identities whose open_id begins with open-mine."""

    def has_perm(self, user_obj, perm, obj=None):
        return isinstance(obj, Identity) and obj.open_id.startswith("open-mine")


@pytest.fixture
def by_object(settings):
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "tests.admin.test_object_actions.ByHandle",
    ]


def test_permission_for_one_row_is_enough_for_that_row(staff, person, by_object):
    mine, other = person("mine"), person("other")
    browser = staff()

    assert button_of(mine, "refresh") in browser.get(page_of(mine)).content.decode()
    assert browser.get(button_of(mine, "refresh")).status_code == 200
    assert browser.get(page_of(other)).status_code == 403
    assert browser.get(button_of(other, "refresh")).status_code == 403


def test_one_forbidden_row_forbids_an_action_on_many(admin_client, person, monkeypatch):
    allowed, other = person("mine", grant=None), person("other", grant=None)
    stock = IdentityAdmin.may
    monkeypatch.setattr(
        IdentityAdmin,
        "may",
        lambda self, request, action, row=None: (
            row != other and stock(self, request, action, row)
        ),
    )

    assert do_many(admin_client, "erase", [allowed, other]).status_code == 403
    assert Identity.objects.count() == 2
    assert do_many(admin_client, "erase", [allowed]).status_code == 200
    assert Identity.objects.get() == other


def test_permission_for_single_rows_does_not_open_the_list(staff, person, by_object):
    mine = person("mine", grant=None)

    assert do_many(staff(), "erase", [mine]).status_code == 403
    assert Identity.objects.get() == mine


@pytest.mark.parametrize("action", ["nonsense", "delete", "act_on_one"])
def test_an_unknown_action_is_not_found(admin_client, mia, action):
    assert admin_client.get(button_of(mia, action)).status_code == 404


@pytest.mark.parametrize("pk", ["0", "nonsense", "9" * 40, "_00"])
def test_an_action_on_an_unknown_row_is_not_found(admin_client, pk):
    assert admin_client.get(f"{list_of('identity')}{pk}/do/refresh/").status_code == 404


@pytest.mark.parametrize("action", sorted({*ACTIONS} - {*FOR_MANY}))
def test_an_action_for_one_row_is_not_run_on_many(admin_client, crowd, action):
    do_many(admin_client, action, crowd)

    assert [history(row) for row in crowd] == [[]] * 5
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("pk", ["0", "-1"])
def test_an_action_on_unknown_rows_changes_nothing(admin_client, pk, crowd):
    data = {"action": "erase", "_selected_action": pk, "asked": 1, "confirmed": 1}

    page = admin_client.post(list_of("identity"), data, follow=True)

    assert page.status_code == 200
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("action", FOR_MANY)
def test_ticked_rows_are_shown_before_an_action_runs(admin_client, crowd, action):
    page = choose(admin_client, action, crowd)

    assert can_confirm(page)
    assert ticked_of(page) == {str(row.pk) for row in crowd}
    assert history(crowd[0]) == []


def test_an_action_on_many_rows_logs_an_entry_for_each(admin_client, crowd):
    page = do_many(admin_client, "end_sessions", crowd)

    assert messages_of(page) == ["End sessions: 5 done."]
    assert [history(row) for row in crowd] == [[ENDED]] * 5


def test_rows_on_which_an_action_failed_are_named(admin_client, crowd):
    page = do_many(admin_client, "refresh", crowd[:2])

    assert {*messages_of(page)} == {
        f"TikTok identity {row.pk}: No token is alive. Only a new login helps."
        for row in crowd[:2]
    }


def test_at_most_twenty_rows_are_named(admin_client, person):
    people = [person(f"p{number}", grant=None) for number in range(23)]

    page = choose(admin_client, "refresh", people)
    done = do_many(admin_client, "refresh", people)

    assert "And 3 more." in page.content.decode()
    assert len(messages_of(done)) == 21
    assert messages_of(done)[-1] == "3 more were not done."


@pytest.mark.parametrize(
    ("action", "advice"),
    [
        ("refresh", "run manage.py ttminis_refresh"),
        ("erase", "run manage.py ttminis_erase"),
        ("revoke", "choose fewer"),
    ],
)
def test_an_action_on_too_many_rows_is_refused_before_it_begins(
    admin_client, crowd, monkeypatch, action, advice
):
    monkeypatch.setattr(action_pages, "MOST_ROWS", 4)

    expected = [f"No more than 4 at once: {advice}."]

    assert (
        messages_of(admin_client.get(choose(admin_client, action, crowd).url))
        == expected
    )
    assert messages_of(do_many(admin_client, action, crowd)) == expected
    assert Identity.objects.count() == 5


@pytest.mark.parametrize("model", [IdentityAdmin, WebhookDeliveryAdmin])
def test_each_command_that_an_action_names_exists(model):
    named = {action.command.partition(" ")[0] for action in model.row_actions} - {""}

    assert named
    assert named <= {*get_commands()}


@pytest.fixture
def slow_clock(monkeypatch):
    """Advance the clock ten seconds whenever it is read."""
    ticks = iter(range(1000))
    monkeypatch.setattr(action_pages, "monotonic", lambda: next(ticks) * 10.0)


def test_rows_left_at_the_time_limit_are_named_and_skipped(
    admin_client, crowd, slow_clock
):
    page = do_many(admin_client, "end_sessions", crowd)

    done, *left = messages_of(page)
    assert done == "End sessions: 2 done."
    assert all(text.endswith("There was no time left for it.") for text in left)
    assert sorted(len(history(row)) for row in crowd) == [0, 0, 0, 1, 1]


def test_an_identity_erased_meanwhile_is_skipped(
    admin_client, crowd, monkeypatch, caplog
):
    log_change = IdentityAdmin.log_change

    def log_and_erase(self, request, row, text):
        Identity.objects.exclude(pk=row.pk).delete()
        return log_change(self, request, row, text)

    monkeypatch.setattr(IdentityAdmin, "log_change", log_and_erase)
    page = do_many(admin_client, "end_sessions", crowd[:2])

    assert messages_of(page)[0] == "End sessions: 1 done."
    assert messages_of(page)[1].endswith("It has changed meanwhile.")
    assert not [r for r in caplog.records if r.name == "ttminis_auth"]


def test_a_permission_is_checked_again_for_each_row(
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

    assert messages_of(page)[0] == "End sessions: 1 done."
    assert [history(row) for row in crowd[:-1]] == [[]] * 4


def test_an_action_without_its_form_is_not_run(admin_client, mia):
    page = admin_client.post(button_of(mia, "link"), {"confirmed": 1})

    assert page.status_code == 200
    assert "This field is required." in page.content.decode()


def test_action_views_opt_out_of_atomic_requests(admin_client, mia):
    for address in (button_of(mia, "refresh"), list_of("identity")):
        view = admin_client.get(address).resolver_match.func

        assert view._non_atomic_requests == {*connections}


def test_an_action_on_a_hidden_row_is_not_found(admin_client, mia, monkeypatch):
    monkeypatch.setattr(
        IdentityAdmin, "get_queryset", lambda *args: Identity.objects.none()
    )

    assert admin_client.get(button_of(mia, "erase")).status_code == 404
    do_many(admin_client, "erase", [mia])

    assert Identity.objects.exists()


def test_a_popup_list_offers_no_action(admin_client, mia):
    page = admin_client.get(list_of("identity"), {"_popup": 1}).content.decode()

    assert 'name="action"' not in page


def test_a_user_who_is_not_staff_cannot_run_an_action(mia, local_user):
    browser = logged_in(local_user)

    assert browser.get(button_of(mia, "erase")).status_code == 302
    confirm(browser, mia, "erase")
    assert Identity.objects.exists()
