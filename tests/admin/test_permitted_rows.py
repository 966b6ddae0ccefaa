"""An operator who links or merges users needs permission for the identities of both."""

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
    page_of,
    said,
)
from tests.databases import connection
from tests.fixtures import DRAMA, GAME
from ttminis_auth.admin import IdentityAdmin
from ttminis_auth.linking import detect
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db

JOINS = ["link", "merge"]
REFUSAL = "{} has a TikTok identity that you may not do this to."
User = get_user_model()


@pytest.fixture
def by_object(settings):
    """Permission for single rows: those whose open_id begins with "open-mine"."""
    settings.AUTHENTICATION_BACKENDS = [
        *settings.AUTHENTICATION_BACKENDS,
        "tests.admin.test_action_pages.ByHandle",
    ]


@pytest.fixture
def support(staff, by_object):
    return staff("view_user")


@pytest.fixture
def mine(person, local_user):
    return person("mine", user=local_user)


@pytest.fixture
def hide(monkeypatch):
    """Have the project's admin hide the identities of an app; ``hide(GAME)``."""
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
    """Have the project's admin refuse an action for all; ``refuse("merge")``."""
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


def send(browser, row, action, **data):
    """Send what a page would, though no page has offered it."""
    data = {"asked": 1, "confirmed": 1, **data}
    return browser.post(button_of(row, action), data, follow=True)


@pytest.mark.parametrize("stays", ["theirs", "other"])
@pytest.mark.parametrize("action", JOINS)
def test_permission_for_one_identity_takes_no_other_user(
    support, mine, person, action, stays
):
    other = person("other").account.user
    before = owners()

    page = fill_in(support, mine, action, user=other.pk, stays=stays)
    seen = mine.account.user_id
    done = send(support, mine, action, user=other.pk, stays=stays, seen=seen)

    assert REFUSAL.format("user_other") in text_of(page)
    assert not can_confirm(page)
    assert said(done) == [REFUSAL.format("user_other")]
    assert owners() == before


@pytest.mark.parametrize("action", JOINS)
def test_permission_for_one_of_a_user_s_identities_is_not_enough(
    support, mine, person, action
):
    person("other", app=GAME, user=mine.account.user)
    olga = User.objects.create_user("target", password="own")

    page = fill_in(support, mine, action, user=olga.pk)

    assert REFUSAL.format(mine.account.user) in text_of(page)
    assert not can_confirm(page)


@pytest.mark.parametrize("action", JOINS)
def test_permission_for_both_is_enough(support, mine, person, action):
    also_mine = person("mine2", app=GAME)

    confirm(support, mine, action, user=also_mine.account.user_id, stays="other")

    assert owners() == [("open-mine", "user_mine2"), ("open-mine2", "user_mine2")]


def test_a_user_without_an_identity_takes_no_permission_for_one(support, mine):
    target = User.objects.create_user("target")

    confirm(support, mine, "link", user=target.pk)

    assert owners() == [("open-mine", "target")]


@pytest.mark.parametrize("action", JOINS)
def test_no_identity_is_linked_to_a_hidden_user(desk, mine, person, action, hide):
    hidden = person("hidden", app=GAME).account.user
    hide(GAME)
    before, data = owners(), {"user": hidden.pk, "stays": "theirs"}

    page = fill_in(desk, mine, action, **data)
    done = send(desk, mine, action, **data, seen=mine.account.user_id)

    assert REFUSAL.format("user_hidden") in text_of(page)
    assert not can_confirm(page)
    assert said(done) == [REFUSAL.format("user_hidden")]
    assert owners() == before


@pytest.mark.parametrize("action", JOINS)
def test_user_who_gets_another_identity_meanwhile_is_refused(
    support, mine, person, action
):
    target = person("mine2", app=GAME).account.user
    data = {"user": target.pk, "stays": "theirs"}
    asked = fill_in(support, mine, action, **data)
    person("other", user=target)
    before = owners()

    done = send(support, mine, action, **{**form_of(asked), **data})

    assert can_confirm(asked)
    assert said(done) == [REFUSAL.format(target)]
    assert owners() == before


@pytest.mark.parametrize("action", JOINS)
def test_permission_for_both_users_costs_the_same_for_many_identities(
    desk, mine, person, action
):
    target = person("finn", app=GAME).account.user
    data = {"user": target.pk, "stays": "other"}

    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert can_confirm(fill_in(desk, mine, action, **data))
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
    data = {"keep": "older", "seen": "{} {}".format(*users)}
    return send(browser, conflict, action, **data)


def test_the_queue_merges_no_user_that_the_project_protects(desk, conflict, refuse):
    refuse("merge")

    page = fill_in(desk, conflict, "merge", keep="older")
    done = settle(desk, conflict)

    assert REFUSAL.format("user_mia") in text_of(page)
    assert not can_confirm(page)
    assert REFUSAL.format("user_mia2") in said(done)[0]
    assert owners() == [("open-mia", "user_mia"), ("open-mia2", "user_mia2")]


def test_conflict_that_may_not_be_merged_can_be_dismissed(desk, conflict, refuse):
    refuse("merge")

    settle(desk, conflict, "dismiss")

    assert LinkingConflict.objects.get().state == "dismissed"


@pytest.mark.parametrize("app", [DRAMA, GAME])
def test_the_queue_names_no_hidden_user(desk, conflict, hide, app):
    hide(app)

    everything = text_of(desk.get(list_of("linkingconflict")))
    searched = desk.get(list_of("linkingconflict"), {"q": "union-mia"})

    assert "user_mia" not in everything + text_of(searched)
    assert desk.get(page_of(conflict), follow=True).redirect_chain


@pytest.mark.parametrize("action", ["merge", "keep_apart", "dismiss"])
def test_no_conflict_of_a_hidden_identity_is_settled(desk, conflict, hide, action):
    hide(GAME)

    settle(desk, conflict, action)

    assert LinkingConflict.objects.get().state == "open"
    assert len(owners()) == 2


def test_user_who_gets_a_hidden_identity_is_not_merged(desk, conflict, person, hide):
    hide("app-hidden")
    person("hidden", app="app-hidden", user=conflict.younger.account.user)

    done = settle(desk, conflict)

    assert said(done) == [REFUSAL.format("user_mia2")]
    assert LinkingConflict.objects.get().state == "open"


def test_the_queue_reads_no_identities_where_none_is_hidden(desk, conflict):
    with CaptureQueriesContext(connection) as captured:
        desk.get(list_of("linkingconflict"))

    assert not any(" IN (SELECT" in query["sql"] for query in captured)


@pytest.mark.urls("tests.admin.desk_urls")
def test_a_site_without_identities_has_the_queue_of_conflicts(desk, conflict):
    page = desk.get(f"/admin/corner/ttminis_auth/linkingconflict/{conflict.pk}/change/")
    address = f"/admin/corner/ttminis_auth/linkingconflict/{conflict.pk}/do/merge/"
    asked = desk.post(address, {**form_of(desk.get(address)), "keep": "older"})

    assert "user_mia2" in text_of(page)
    assert can_confirm(asked)
