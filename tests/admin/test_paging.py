"""Pages of a large table: nothing is counted that nobody looks at."""

from itertools import chain

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from tests.admin.pages import list_of
from tests.databases import connection
from ttminis_auth.admin.large_tables import FARTHEST, AtLeast, bound, count_up_to
from ttminis_auth.models import Identity

ADMIN = "ttminis_auth.admin.identity_admin.IdentityAdmin"


@pytest.fixture
def small_pages(monkeypatch):
    """Two to a page, and a page is looked ahead."""
    monkeypatch.setattr(f"{ADMIN}.list_per_page", 2)
    monkeypatch.setattr("ttminis_auth.admin.large_tables.AHEAD", 2)


@pytest.fixture
def crowd(person, small_pages):
    for number in range(9):
        person(f"nr{number}")


def handles(response):
    return [row.open_id for row in response.context["cl"].result_list]


def test_count_that_was_broken_off_says_so(crowd, desk):
    assert "≥4 TikTok identities" in desk.get(list_of("identity")).content.decode()


def test_count_goes_as_far_as_the_page_needs(crowd, desk):
    html = desk.get(list_of("identity"), {"p": 2}).content.decode()

    assert "≥6 TikTok identities" in html


def test_count_that_was_not_broken_off_is_exact(crowd, desk):
    html = desk.get(list_of("identity"), {"p": 4}).content.decode()

    assert " 9 TikTok identities" in " ".join(html.split())


def test_pages_hold_everybody_once(crowd, desk):
    pages = [handles(desk.get(list_of("identity"), {"p": p})) for p in range(1, 6)]

    assert list(chain(*pages)) == [f"open-nr{number}" for number in range(8, -1, -1)]


def test_single_page_holds_everybody(person, desk):
    person("mia")
    person("ben")

    assert handles(desk.get(list_of("identity"))) == ["open-ben", "open-mia"]


@pytest.mark.parametrize("page", ["x", "0", "-3", "9" * 5000])
def test_page_that_is_none_is_answered_as_django_does(crowd, desk, page):
    assert desk.get(list_of("identity"), {"p": page}).status_code in (200, 302)


def test_nobody_turns_so_many_pages(rf):
    far = rf.get("/", {"p": FARTHEST + 1000})

    assert bound(far, 50) == bound(rf.get("/", {"p": FARTHEST}), 50)


def test_order_that_no_index_serves_is_not_to_be_had(crowd, desk):
    response = desk.get(list_of("identity"), {"o": "-2.3"})

    assert handles(response) == ["open-nr8", "open-nr7"]


def test_facets_are_not_counted(crowd, desk):
    with CaptureQueriesContext(connection) as captured:
        desk.get(list_of("identity"), {"_facets": "True"})

    assert not any("COUNT(" in query["sql"] for query in captured)


def as_text(template, count):
    return Template(f"{{% load i18n %}}{template}").render(Context({"count": count}))


ROWS = "{% blocktranslate count n=count %}{{ n }} row{% plural %}{{ n }} rows"


@pytest.mark.parametrize(
    ("number", "text"),
    [(7, "≥7"), (500, "≥500"), (10050, "≥10,050"), (100000, "≥100,000")],
)
def test_number_is_shown_with_separators(settings, number, text):
    settings.USE_THOUSAND_SEPARATOR = True

    assert as_text("{{ count }}", AtLeast(number)) == text
    rows = as_text(f"{ROWS}{{% endblocktranslate %}}", AtLeast(number))
    assert rows == f"{text} rows"


def test_number_is_shown_without_separators_where_the_site_has_none():
    assert as_text("{{ count }}", AtLeast(10050)) == "≥10050"


@pytest.mark.parametrize(("most", "counted"), [(2, "≥2"), (3, "3"), (4, "3")])
def test_rows_are_counted_up_to_a_bound(person, most, counted):
    for number in range(3):
        person(f"nr{number}")

    assert str(count_up_to(most, Identity.objects.all())) == counted


def test_table_of_any_size_is_read_by_its_first_keys(crowd, desk):
    with CaptureQueriesContext(connection) as captured:
        desk.get(list_of("identity"))

    rows = [q["sql"] for q in captured if 'FROM "ttminis_auth_identity"' in q["sql"]]
    unbound = [sql for sql in rows if "LIMIT" not in sql and " IN (" not in sql]
    # The first and the last date: each is one look into the index.
    assert all("MIN(" in sql for sql in unbound)


def test_operators_are_no_identities(operator, desk):
    assert get_user_model().objects.exists()
    assert handles(desk.get(list_of("identity"))) == []
