"""People are found by anything they have, and nothing that is typed breaks the page."""

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
def find(desk):
    """Search, and return the open_ids that were found."""

    def find(term, **parameters):
        response = desk.get(list_of("identity"), {"q": term, **parameters})
        assert response.status_code == 200
        return {found.open_id for found in response.context["cl"].result_list}

    return find


@pytest.fixture
def mia(person):
    person("ben", display_name="Ben")
    return person("mia", display_name="Mia Meer", union_id="union-1")


@pytest.mark.parametrize("term", ["open-mia", " open-mia ", "union-1"])
def test_a_whole_id_finds_its_identity(mia, find, term):
    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["open-mi", "union-"])
def test_half_an_id_finds_no_identity(mia, find, term):
    assert find(term) == set()


@pytest.mark.parametrize("term", ["user_mia", "user_mi"])
def test_username_finds_by_its_beginning(mia, find, term):
    assert find(term) == {"open-mia"}


def test_user_key_finds(mia, find):
    assert find(str(mia.account.user.pk)) == {"open-mia"}


@pytest.mark.parametrize("term", ["mia", "MIA me", "mia meer"])
def test_name_finds_by_its_beginning_whatever_its_case(mia, find, term):
    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["meer", "EER ia"])
def test_name_finds_by_words_in_it(mia, find, term):
    assert find(term) == {"open-mia"}


def test_words_in_names_are_for_when_nothing_else_fits(mia, person, find):
    person("lea", display_name="Meer Lea")

    assert find("meer") == {"open-lea"}


@pytest.mark.parametrize("term", ["mia@example.org", "MIA@Example.org"])
def test_address_that_allauth_knows_finds(mia, find, term):
    EmailAddress.objects.create(user=mia.account.user, email="mia@example.org")

    assert find(term) == {"open-mia"}


@pytest.mark.parametrize("term", ["mia@example.org", "MIA@Example.org"])
def test_address_of_the_user_alone_finds(mia, find, term):
    mia.account.user.email = "Mia@example.org"
    mia.account.user.save()

    assert find(term) == {"open-mia"}


def test_search_keeps_to_the_filters(mia, person, find):
    person("mina", display_name="Mina", state="removed")

    assert find("mi", state="removed") == {"open-mina"}


def test_empty_search_finds_all_identities(mia, find):
    assert find("  ") == {"open-mia", "open-ben"}


def test_percent_sign_stands_for_itself(mia, find):
    assert find("m%") == set()


def cap_at(number, monkeypatch):
    for module in ("large_tables", "identity_admin"):
        monkeypatch.setattr(f"ttminis_auth.admin.{module}.MOST_FOUND", number)


def test_many_are_found_without_being_counted(person, desk, monkeypatch):
    for number in range(9):
        person(f"mia{number}")
    cap_at(6, monkeypatch)

    response = desk.get(list_of("identity"), {"q": "user_mia"})

    assert response.context["cl"].result_count == 6
    assert response.context["cl"].paginator.is_capped


def test_newest_are_found_first(person, desk, monkeypatch):
    for number in range(9):
        person(f"mia{number}")
    cap_at(2, monkeypatch)

    found = desk.get(list_of("identity"), {"q": "user_mia"}).context["cl"].result_list

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
def test_anything_may_be_typed(mia, find, term):
    # Hypothesis takes words from our code, too, and the page says what was looked for.
    assume(not guard.kinds_in(term.encode()))
    find(term)


@pytest.mark.parametrize("term", ["a\x00b", "x" * 255])
def test_impossible_search_term_finds_no_identity(mia, term):
    # Widgets that complete what is typed ask without the form that checks the list's.
    assert not searching.search(Identity.objects.all(), term, 9).exists()


class Unusual:
    """Stands for a user model with neither e-mail addresses nor numbers as keys."""

    class _meta:  # noqa: N801
        pk = models.UUIDField(primary_key=True)

        @staticmethod
        def get_field(name):
            return get_user_model()._meta.get_field("no_such_field")

    @classmethod
    def get_email_field_name(cls):
        return "email"


def test_users_need_have_no_address_of_their_own(monkeypatch):
    monkeypatch.setattr(searching, "get_user_model", lambda: Unusual)

    assert searching._users_by_own_email("mia@example.org") == []


def test_key_that_is_no_number_is_no_number(db):
    assert searching._users_by_key(str(uuid.uuid4())) == []
