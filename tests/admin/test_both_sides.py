"""Linking or merging two users needs permission for both of them."""

import pytest
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext

from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    fill_in,
    form_of,
    list_of,
    messages_of,
    page_of,
)
from tests.databases import connection
from tests.fixtures import DRAMA, GAME
from ttminis_auth.admin import IdentityAdmin
from ttminis_auth.linking import detect
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db

ACTIONS = ["link", "merge"]
REFUSAL = "{} has a TikTok identity that you may not do this to."
User = get_user_model()


@pytest.fixture
def by_object(settings):
    """Grant permission for the identities whose open_id begins with open-mine."""
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "tests.admin.test_object_actions.ByHandle",
    ]


@pytest.fixture
def support(staff, by_object):
    return staff("view_user")


@pytest.fixture
def mine(person, local_user):
    return person("mine", user=local_user)


@pytest.fixture
def hide(monkeypatch):
    """Have the project's admin hide the identities of an app: ``hide(GAME)``."""
    stock = IdentityAdmin.get_queryset

    def hide(client_key):
        monkeypatch.setattr(
            IdentityAdmin,
            "get_queryset",
            lambda self, request: stock(self, request).exclude(client_key=client_key),
        )

    return hide


@pytest.fixture
def refuse(monkeypatch):
    """Have the project's admin forbid an action: ``refuse("merge")``."""
    stock = IdentityAdmin.may

    def refuse(name):
        monkeypatch.setattr(
            IdentityAdmin,
            "may",
            lambda self, request, action, row=None: (
                action.name != name and stock(self, request, action, row)
            ),
        )

    return refuse


def text_of(page):
    return page.content.decode()


def owners():
    found = Identity.objects.with_user().order_by("pk")
    return [(each.open_id, each.account.user.username) for each in found]


def send(browser, row, action, **choice):
    """Send a confirmed action without opening its page."""
    data = {"asked": 1, "confirmed": 1, **choice}
    return browser.post(button_of(row, action), data, follow=True)


@pytest.mark.parametrize("stays", ["theirs", "other"])
@pytest.mark.parametrize("action", ACTIONS)
def test_permission_for_one_identity_does_not_cover_the_other_user(
    support, mine, person, action, stays
):
    other = person("other").account.user
    before = owners()

    page = fill_in(support, mine, action, user=other.pk, stays=stays)
    seen = mine.account.user_id
    done = send(support, mine, action, user=other.pk, stays=stays, seen=seen)

    assert REFUSAL.format("user_other") in text_of(page)
    assert not can_confirm(page)
    assert messages_of(done) == [REFUSAL.format("user_other")]
    assert owners() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_every_identity_of_the_user_must_be_permitted(support, mine, person, action):
    person("other", app=GAME, user=mine.account.user)
    olga = User.objects.create_user("target", password="own")

    page = fill_in(support, mine, action, user=olga.pk)

    assert REFUSAL.format(mine.account.user) in text_of(page)
    assert not can_confirm(page)


@pytest.mark.parametrize("action", ACTIONS)
def test_permission_for_both_identities_is_enough(support, mine, person, action):
    also_mine = person("mine2", app=GAME)

    confirm(support, mine, action, user=also_mine.account.user_id, stays="other")

    assert owners() == [("open-mine", "user_mine2"), ("open-mine2", "user_mine2")]


def test_a_link_to_a_user_without_identity_needs_no_second_permission(support, mine):
    target = User.objects.create_user("target")

    confirm(support, mine, "link", user=target.pk)

    assert owners() == [("open-mine", "target")]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_user_with_a_hidden_identity_cannot_be_linked_or_merged(
    admin_client, mine, person, action, hide
):
    hidden = person("hidden", app=GAME).account.user
    hide(GAME)
    before, choice = owners(), {"user": hidden.pk, "stays": "theirs"}

    page = fill_in(admin_client, mine, action, **choice)
    done = send(admin_client, mine, action, **choice, seen=mine.account.user_id)

    assert REFUSAL.format("user_hidden") in text_of(page)
    assert not can_confirm(page)
    assert messages_of(done) == [REFUSAL.format("user_hidden")]
    assert owners() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_permission_is_checked_again_when_an_action_is_confirmed(
    support, mine, person, action
):
    target = person("mine2", app=GAME).account.user
    choice = {"user": target.pk, "stays": "theirs"}
    asked = fill_in(support, mine, action, **choice)
    person("other", user=target)
    before = owners()

    done = send(support, mine, action, **{**form_of(asked), **choice})

    assert can_confirm(asked)
    assert messages_of(done) == [REFUSAL.format(target)]
    assert owners() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_permission_checks_cost_the_same_for_any_number_of_identities(
    admin_client, mine, person, action
):
    target = person("finn", app=GAME).account.user
    choice = {"user": target.pk, "stays": "other"}

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert can_confirm(fill_in(admin_client, mine, action, **choice))
        return sum("ttminis_auth_identity" in query["sql"] for query in captured)

    before = cost()
    for number in range(5):
        person(f"more{number}", app=f"app{number}", user=target, grant=None)
        person(f"mine{number}", app=f"app{number}", user=mine.account.user, grant=None)

    assert cost() == before


# --- The queue


@pytest.fixture
def conflict(person):
    person("mia", union_id="union-mia")
    detect.consider(person("mia2", app=GAME, union_id="union-mia"))
    return LinkingConflict.objects.get()


def settle(browser, conflict, action="merge"):
    users = conflict.older.account.user_id, conflict.younger.account.user_id
    choice = {"keep": "older", "seen": "{} {}".format(*users)}
    return send(browser, conflict, action, **choice)


def test_a_conflict_of_users_who_may_not_be_merged_is_not_merged(
    admin_client, conflict, refuse
):
    refuse("merge")

    page = fill_in(admin_client, conflict, "merge", keep="older")
    done = settle(admin_client, conflict)

    assert REFUSAL.format("user_mia") in text_of(page)
    assert not can_confirm(page)
    assert REFUSAL.format("user_mia2") in messages_of(done)[0]
    assert owners() == [("open-mia", "user_mia"), ("open-mia2", "user_mia2")]


def test_a_conflict_that_may_not_be_merged_can_be_dismissed(
    admin_client, conflict, refuse
):
    refuse("merge")

    settle(admin_client, conflict, "dismiss")

    assert LinkingConflict.objects.get().state == "dismissed"


@pytest.mark.parametrize("app", [DRAMA, GAME])
def test_conflict_list_names_no_hidden_identity(admin_client, conflict, hide, app):
    hide(app)

    everything = text_of(admin_client.get(list_of("linkingconflict")))
    searched = admin_client.get(list_of("linkingconflict"), {"q": "union-mia"})

    assert "user_mia" not in everything + text_of(searched)
    assert admin_client.get(page_of(conflict), follow=True).redirect_chain


@pytest.mark.parametrize("action", ["merge", "keep_apart", "dismiss"])
def test_a_conflict_with_a_hidden_identity_is_not_settled(
    admin_client, conflict, hide, action
):
    hide(GAME)

    settle(admin_client, conflict, action)

    assert LinkingConflict.objects.get().state == "open"
    assert len(owners()) == 2


def test_a_conflict_of_a_user_with_another_hidden_identity_is_not_merged(
    admin_client, conflict, person, hide
):
    hide("app-hidden")
    person("hidden", app="app-hidden", user=conflict.younger.account.user)

    done = settle(admin_client, conflict)

    assert messages_of(done) == [REFUSAL.format("user_mia2")]
    assert LinkingConflict.objects.get().state == "open"


def test_conflict_list_reads_no_identities_if_none_is_hidden(admin_client, conflict):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(list_of("linkingconflict"))

    assert not any(" IN (SELECT" in query["sql"] for query in captured)


@pytest.mark.urls("tests.admin.support_urls")
def test_an_admin_site_without_identities_shows_conflicts(admin_client, conflict):
    page = admin_client.get(
        f"/admin/small/ttminis_auth/linkingconflict/{conflict.pk}/change/"
    )
    address = f"/admin/small/ttminis_auth/linkingconflict/{conflict.pk}/do/merge/"
    asked = admin_client.post(
        address, {**form_of(admin_client.get(address)), "keep": "older"}
    )

    assert "user_mia2" in text_of(page)
    assert can_confirm(asked)
