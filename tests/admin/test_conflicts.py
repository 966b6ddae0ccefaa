"""Linking conflicts in the admin: their list, and the actions that settle them."""

import pytest
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext

from tests.admin.pages import (
    button_of,
    can_confirm,
    choose,
    confirm,
    do_many,
    fill_in,
    form_of,
    history,
    list_of,
    messages_of,
    page_of,
)
from tests.databases import connection
from tests.fixtures import GAME
from ttminis_auth.linking import detect
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db

STATES = ["merged", "kept_apart", "dismissed"]


@pytest.fixture
def conflict(person):
    older = person("mia", union_id="union-mia", display_name="Mia")
    younger = person("mia2", app=GAME, union_id="union-mia")
    detect.consider(younger)
    found = LinkingConflict.objects.get()
    assert (found.older, found.younger) == (older, younger)
    return found


def text_of(page):
    return page.content.decode()


def users():
    return [
        *get_user_model().objects.filter(username__startswith="user_").order_by("pk")
    ]


def test_conflict_list_shows_users_reason_and_time(admin_client, conflict):
    text = text_of(admin_client.get(list_of("linkingconflict")))

    assert "user_mia" in text
    assert "user_mia2" in text
    assert "merging is not switched on" in text
    assert 'class="field-found_at' in text


@pytest.mark.parametrize("can_view", [True, False])
def test_users_of_a_conflict_are_links_only_with_permission_to_view_them(
    staff, conflict, can_view
):
    seen = ["view_identity"] if can_view else []
    browser = staff("view_linkingconflict", *seen)

    for address in (list_of("linkingconflict"), page_of(conflict)):
        text = text_of(browser.get(address))

        assert "user_mia2" in text
        assert (page_of(conflict.younger) in text) == can_view


def test_conflict_list_shows_open_conflicts_by_default(admin_client, conflict):
    LinkingConflict.objects.update(state="dismissed")

    assert "user_mia2" not in text_of(admin_client.get(list_of("linkingconflict")))
    settled = admin_client.get(list_of("linkingconflict"), {"state": "dismissed"})
    everything = admin_client.get(list_of("linkingconflict"), {"state": "all"})
    assert "user_mia2" in text_of(settled)
    assert "user_mia2" in text_of(everything)


def test_conflict_list_begins_with_the_oldest(admin_client, conflict, another):
    text = text_of(admin_client.get(list_of("linkingconflict")))

    assert text.index("user_mia2") < text.index("user_finn2")


def test_conflict_list_has_no_sortable_column(admin_client, conflict):
    assert 'class="sortable' not in text_of(
        admin_client.get(list_of("linkingconflict"))
    )


@pytest.fixture
def another(conflict, person):
    person("finn", union_id="union-finn")
    detect.consider(person("finn2", app=GAME, union_id="union-finn"))
    return LinkingConflict.objects.exclude(pk=conflict.pk).get()


@pytest.fixture
def find(admin_client, another):
    """Search, and return the primary keys of the conflicts found."""

    def find(term, **parameters):
        response = admin_client.get(
            list_of("linkingconflict"), {"q": term, **parameters}
        )
        assert response.status_code == 200
        return [row.pk for row in response.context["cl"].result_list]

    return find


@pytest.mark.parametrize("term", ["union-mia", "open-mia", "open-mia2", " open-mia "])
def test_a_conflict_is_found_by_its_ids(find, conflict, term):
    assert find(term) == [conflict.pk]


@pytest.mark.parametrize("term", ["union", "UNION-MIA", "open-mia3", "x" * 5000])
def test_a_conflict_is_found_by_whole_ids_only(find, term):
    assert find(term) == []


def test_an_empty_search_finds_all_conflicts(find, conflict, another):
    assert find("  ") == [conflict.pk, another.pk]


def test_a_search_for_conflicts_respects_the_filters(find, conflict):
    assert find("union-mia", state="dismissed") == []
    assert find("union-mia", reason="vetoed") == []
    assert find("union-mia", reason="policy") == [conflict.pk]


def test_a_search_for_conflicts_queries_each_column_by_its_index(find):
    with CaptureQueriesContext(connection) as captured:
        find("open-mia")

    assert not any(" OR " in query["sql"] for query in captured)


def test_a_long_conflict_list_is_not_counted_to_its_end(
    admin_client, conflict, another, monkeypatch
):
    monkeypatch.setattr("ttminis_auth.admin.large_tables.MOST_FOUND", 1)

    with CaptureQueriesContext(connection) as captured:
        page = admin_client.get(list_of("linkingconflict"), {"_facets": "True"})

    assert "There are more than 1." in text_of(page)
    assert not any("COUNT(" in query["sql"] for query in captured)


def test_conflict_list_costs_the_same_at_any_length(
    admin_client, conflict, person, django_assert_max_num_queries
):
    for number in range(10):
        person(f"p{number}", union_id=f"u{number}")
        detect.consider(person(f"q{number}", app=GAME, union_id=f"u{number}"))
    admin_client.get(list_of("linkingconflict"))

    with django_assert_max_num_queries(8):
        admin_client.get(list_of("linkingconflict"))


@pytest.mark.parametrize(
    ("keep", "kept"), [("older", "user_mia"), ("younger", "user_mia2")]
)
def test_a_conflict_is_settled_by_a_merge(admin_client, conflict, keep, kept):
    page = confirm(admin_client, conflict, "merge", keep=keep)

    conflict.refresh_from_db()
    assert conflict.state == "merged"
    assert [user.username for user in users()] == [kept]
    assert messages_of(page) == history(conflict)


def test_the_merge_of_a_conflict_is_shown_before_it_is_done(admin_client, conflict):
    page = fill_in(admin_client, conflict, "merge", keep="older")

    assert "socialaccount.SocialAccount" in text_of(page)
    assert can_confirm(page)
    assert len(users()) == 2


def test_users_kept_apart_are_not_merged_automatically(
    admin_client, conflict, settings
):
    confirm(admin_client, conflict, "keep_apart")
    settings.TTMINIS_UNION_LINKING = "merge"

    assert detect.consider(conflict.younger) is None
    assert len(users()) == 2
    assert LinkingConflict.objects.get().state == "kept_apart"


def test_a_dismissed_conflict_is_not_reported_again(admin_client, conflict):
    page = confirm(admin_client, conflict, "dismiss")
    detect.consider(conflict.younger)

    assert messages_of(page) == history(conflict) == ["Dismissed."]
    assert LinkingConflict.objects.get().state == "dismissed"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ["merge", "keep_apart", "dismiss"])
def test_a_settled_conflict_offers_no_action(admin_client, conflict, state, action):
    LinkingConflict.objects.update(state=state)

    page = admin_client.get(page_of(conflict))
    asked = fill_in(admin_client, conflict, action, keep="older")

    assert "/do/" not in text_of(page)
    assert "It is settled" in text_of(asked)
    assert not can_confirm(asked)


@pytest.mark.parametrize("action", ["merge", "keep_apart", "dismiss"])
def test_the_second_of_two_operators_learns_that_it_is_settled(
    admin_client, conflict, action
):
    LinkingConflict.objects.update(state="kept_apart")

    data = {"keep": "older", "seen": "1 2", "asked": 1, "confirmed": 1}
    page = admin_client.post(button_of(conflict, action), data, follow=True)

    assert messages_of(page) == ["The conflict was settled meanwhile."]
    assert history(conflict) == []
    assert len(users()) == 2


def test_a_conflict_is_not_merged_if_a_user_changed_since_the_page(
    admin_client, conflict, local_user
):
    asked = fill_in(admin_client, conflict, "merge", keep="older")
    account = conflict.younger.account
    type(account).objects.filter(pk=account.pk).update(user=local_user)

    data = {**form_of(asked), "confirmed": 1}
    page = admin_client.post(button_of(conflict, "merge"), data, follow=True)

    assert "changed meanwhile" in messages_of(page)[0]
    assert get_user_model().objects.filter(pk=local_user.pk).exists()


def test_permission_to_resolve_does_not_include_merging(staff, conflict):
    browser = staff("view_linkingconflict", "resolve_linkingconflict")

    text = text_of(browser.get(page_of(conflict)))

    assert button_of(conflict, "dismiss") in text
    assert button_of(conflict, "merge") not in text
    assert browser.get(button_of(conflict, "merge")).status_code == 403


def test_a_conflict_can_be_neither_added_nor_changed(admin_client, conflict):
    assert admin_client.get(f"{list_of('linkingconflict')}add/").status_code == 403
    assert "_save" not in text_of(admin_client.get(page_of(conflict)))


def test_several_conflicts_can_be_dismissed_at_once(admin_client, conflict, person):
    person("finn", union_id="union-finn")
    detect.consider(person("finn2", app=GAME, union_id="union-finn"))

    do_many(admin_client, "dismiss", LinkingConflict.objects.all())

    states = LinkingConflict.objects.values_list("state", flat=True)
    assert [*states] == ["dismissed"] * 2
    assert Identity.objects.count() == 4


def test_a_confirmation_costs_the_same_for_any_number_of_conflicts(
    admin_client, conflict, person, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as captured:
        choose(admin_client, "dismiss", [conflict])
    more = [person(f"p{number}") for number in range(5)]
    made = [
        LinkingConflict.objects.create(older=conflict.older, younger=each)
        for each in more
    ]

    with django_assert_num_queries(len(captured)):
        page = choose(admin_client, "dismiss", [conflict, *made])

    assert "user_p4" in text_of(page)
