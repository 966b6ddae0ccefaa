"""Pages of a large table are found without counting the whole table."""

from itertools import chain

import pytest
from django.contrib.auth import get_user_model
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from tests.admin.pages import list_of
from tests.databases import connection
from ttminis_auth.admin import large_tables
from ttminis_auth.admin.large_tables import CappedPaginator

ADMIN = "ttminis_auth.admin.identity_admin.IdentityAdmin"


@pytest.fixture
def small_pages(monkeypatch):
    """Show two rows on a page."""
    monkeypatch.setattr(f"{ADMIN}.list_per_page", 2)


@pytest.fixture
def crowd(person, small_pages):
    for number in range(9):
        person(f"nr{number}")


def handles(response):
    return [row.open_id for row in response.context["cl"].result_list]


def words(response):
    return " ".join(strip_tags(response.content.decode()).split())


MORE = "There are more than 4. Search, or filter, to find the others."


@pytest.mark.parametrize(("found", "is_capped"), [(3, False), (4, False), (5, True)])
def test_a_capped_list_shows_that_there_are_more_rows(
    person, admin_client, monkeypatch, found, is_capped
):
    monkeypatch.setattr(large_tables, "MOST_FOUND", 4)
    for number in range(found):
        person(f"nr{number}")

    text = words(admin_client.get(list_of("identity")))

    assert f" {min(found, 4)} TikTok identities" in text
    assert (MORE in text) is is_capped


def test_no_page_is_offered_beyond_the_cap(crowd, admin_client, monkeypatch):
    monkeypatch.setattr(large_tables, "MOST_FOUND", 3)

    pages = [admin_client.get(list_of("identity"), {"p": p}) for p in (1, 2)]

    assert handles(pages[1]) == ["open-nr6"]
    assert pages[0].context["cl"].paginator.num_pages == 2
    assert admin_client.get(list_of("identity"), {"p": 3})["Location"].endswith("?e=1")


def test_the_cap_is_formatted_as_the_site_formats_numbers(
    person, admin_client, settings, monkeypatch
):
    settings.USE_THOUSAND_SEPARATOR = True
    person("mia")
    monkeypatch.setattr(CappedPaginator, "count", 1000)
    monkeypatch.setattr(CappedPaginator, "is_capped", True)

    text = words(admin_client.get(list_of("identity")))

    assert "1,000 TikTok identities" in text
    assert "There are more than 1,000." in text


def test_each_identity_is_on_exactly_one_page(crowd, admin_client):
    pages = [
        handles(admin_client.get(list_of("identity"), {"p": p})) for p in range(1, 6)
    ]

    assert list(chain(*pages)) == [f"open-nr{number}" for number in range(8, -1, -1)]


def test_a_single_page_shows_all_identities(person, admin_client):
    person("mia")
    person("ben")

    assert handles(admin_client.get(list_of("identity"))) == ["open-ben", "open-mia"]


@pytest.mark.parametrize("page", ["x", "0", "-3", "9" * 5000])
def test_an_invalid_page_number_is_answered_as_django_does(crowd, admin_client, page):
    assert admin_client.get(list_of("identity"), {"p": page}).status_code in (200, 302)


def test_an_order_without_an_index_is_ignored(crowd, admin_client):
    response = admin_client.get(list_of("identity"), {"o": "-2.3"})

    assert handles(response) == ["open-nr8", "open-nr7"]


def test_facets_are_not_counted(crowd, admin_client):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(list_of("identity"), {"_facets": "True"})

    assert not any("COUNT(" in query["sql"] for query in captured)


def test_every_query_of_the_list_is_limited(crowd, admin_client):
    with CaptureQueriesContext(connection) as captured:
        admin_client.get(list_of("identity"))

    table = connection.ops.quote_name("ttminis_auth_identity")
    rows = [q["sql"] for q in captured if f"FROM {table}" in q["sql"]]
    assert rows
    assert all("LIMIT" in sql or " IN (" in sql for sql in rows)


def test_users_without_identity_are_not_listed(operator, admin_client):
    assert get_user_model().objects.exists()
    assert handles(admin_client.get(list_of("identity"))) == []
