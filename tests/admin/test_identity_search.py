"""Operators find identities by ids, names and addresses; no input breaks the page."""

import uuid

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import models
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.admin import guard
from tests.admin.pages import list_of
from tests.lengths import times
from ttminis_auth.admin import find_identities as searching
from ttminis_auth.models import Identity

unusual = get_user_model().__module__ == "tests.people.models"


@pytest.fixture
def find(admin_client):
    """Search, and return the open_ids that were found."""

    def find(term, **parameters):
        response = admin_client.get(list_of("identity"), {"q": term, **parameters})
        assert response.status_code == 200
        return {found.open_id for found in response.context["cl"].result_list}

    return find


@pytest.fixture
def mia(person):
    person("ben", display_name="Ben")
    return person("mia", display_name="Mia Meer", union_id="union-1")


@pytest.mark.parametrize("term", ["open-mia", " open-mia ", "union-1"])
def test_an_identity_is_found_by_open_id_and_union_id(mia, find, term):
    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["open-mi", "union-"])
def test_a_part_of_an_id_finds_nothing(mia, find, term):
    assert find(term) == set()


@pytest.mark.parametrize("term", ["user_mia", "user_mi"])
def test_an_identity_is_found_by_the_beginning_of_the_username(mia, find, term):
    assert find(term) == {"open-mia"}


def test_an_identity_is_found_by_the_primary_key_of_its_user(mia, find):
    assert find(str(mia.account.user.pk)) == {"open-mia"}


@pytest.mark.parametrize("term", ["mia", "MIA me", "mia meer"])
def test_an_identity_is_found_by_the_beginning_of_the_name_in_any_case(mia, find, term):
    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["meer", "EER ia"])
def test_an_identity_is_found_by_words_of_the_name(mia, find, term):
    assert find(term) == {"open-mia"}


def test_words_of_names_are_searched_only_if_nothing_else_matches(mia, person, find):
    person("lea", display_name="Meer Lea")

    assert find("meer") == {"open-lea"}


@pytest.mark.parametrize("term", ["mia@example.org", "MIA@Example.org"])
def test_an_identity_is_found_by_an_email_address_of_allauth(mia, find, term):
    EmailAddress.objects.create(user=mia.account.user, email="mia@example.org")

    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["mia@example.org", "MIA@Example.org"])
def test_an_identity_is_found_by_the_email_address_of_its_user(mia, find, term):
    mia.account.user.email = "Mia@example.org"
    mia.account.user.save()

    assert find(term) == {"open-mia"}


def test_a_search_for_identities_respects_the_filters(mia, person, find):
    person("mina", display_name="Mina", state="removed")

    assert find("mi", state="removed") == {"open-mina"}


def test_an_empty_search_finds_all_identities(mia, find):
    assert find("  ") == {"open-mia", "open-ben"}


def test_a_percent_sign_is_no_wildcard(mia, find):
    assert find("m%") == set()


def cap_at(number, monkeypatch):
    for module in ("large_tables", "identity_admin"):
        monkeypatch.setattr(f"ttminis_auth.admin.{module}.MOST_FOUND", number)


def test_a_search_counts_no_further_than_its_bound(person, admin_client, monkeypatch):
    for number in range(9):
        person(f"mia{number}")
    cap_at(6, monkeypatch)

    response = admin_client.get(list_of("identity"), {"q": "user_mia"})

    assert response.context["cl"].result_count == 6
    assert response.context["cl"].paginator.is_capped


def test_a_bounded_search_finds_the_newest_identities(
    person, admin_client, monkeypatch
):
    for number in range(9):
        person(f"mia{number}")
    cap_at(2, monkeypatch)

    found = (
        admin_client.get(list_of("identity"), {"q": "user_mia"})
        .context["cl"]
        .result_list
    )

    assert [each.open_id for each in found] == ["open-mia8", "open-mia7"]


@settings(max_examples=times(15))
@given(st.text(st.characters(codec="utf-8"), max_size=300))
@example("\x00")
@example("a\x00b")
@example("x" * 10_000)
@example("9" * 10_000)
@example("9" * 40)
@example("'\"; DROP TABLE %s %% \\ _")
@example("@")
@example("a@b")
def test_no_search_term_breaks_the_page(mia, find, term):
    # Hypothesis also takes words from our code, and the page shows the search term.
    assume(not guard.kinds_in(term.encode()))
    find(term)


@pytest.mark.parametrize("term", ["a\x00b", "x" * 255])
def test_an_impossible_search_term_finds_nothing(mia, term):
    # Autocompletion searches without the form that validates the list's search.
    assert not searching.search(Identity.objects.all(), term, 9).exists()


class Unusual:
    """A user model with neither e-mail addresses nor integer keys."""

    class _meta:  # noqa: N801
        pk = models.UUIDField(primary_key=True)

        @staticmethod
        def get_field(name):
            return get_user_model()._meta.get_field("no_such_field")

    @classmethod
    def get_email_field_name(cls):
        return "email"


def test_a_user_model_may_have_no_email_field(monkeypatch):
    monkeypatch.setattr(searching, "get_user_model", lambda: Unusual)

    assert searching._users_by_own_email("mia@example.org") == []


def test_a_search_term_that_is_no_primary_key_finds_no_user(db):
    assert searching._users_by_key(str(uuid.uuid4())) == []
