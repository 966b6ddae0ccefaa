"""Rows of a date: by a filter, or by a query that an operator types into the URL."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.admin.pages import list_of
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(admin_client):
    """Open the list of the identities of a date."""

    def visit(**parameters):
        fields = {f"created_at__{kind}": value for kind, value in parameters.items()}
        return admin_client.get(list_of("identity"), fields)

    return visit


def handles(response):
    assert response.status_code == 200
    return [row.open_id for row in response.context["cl"].result_list]


@pytest.fixture
def old_and_new(person):
    person("new")
    person("old", created_at=timezone.now() - timedelta(days=40))


def test_the_date_filter_offers_the_last_days(admin_client, old_and_new):
    changelist = admin_client.get(list_of("identity")).context["cl"]
    (dates,) = [s for s in changelist.filter_specs if s.title == "created at"]
    queries = {str(c["display"]): c["query_string"] for c in dates.choices(changelist)}

    assert handles(admin_client.get(list_of("identity") + queries["Today"])) == [
        "open-new"
    ]
    listed = handles(admin_client.get(list_of("identity") + queries["Any date"]))
    assert listed == ["open-old", "open-new"]


def test_a_url_can_name_any_other_days(visit, old_and_new):
    then = (timezone.now() - timedelta(days=41)).replace(microsecond=0)
    days = {"gte": then.isoformat(), "lt": (then + timedelta(days=2)).isoformat()}

    assert handles(visit(**days)) == ["open-old"]
    assert Identity.objects.count() == 2


@pytest.mark.parametrize("typed", [{"gte": "x"}, {"year": "x"}, {"gte": "2026-13-01"}])
def test_an_invalid_date_is_refused_as_django_does(visit, typed):
    assert visit(**typed)["Location"].endswith("?e=1")
