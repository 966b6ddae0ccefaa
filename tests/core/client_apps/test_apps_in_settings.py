"""An app in the settings is found without a query of the database."""

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.test.utils import CaptureQueriesContext

from tests.core.client_apps.conftest import app
from tests.databases import connection
from tests.endpoints.hosted.hosted_page import origin_of
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.endpoints import origins
from ttminis_auth.models import Identity


class OneForEachRequest(DefaultSocialAccountAdapter):
    """An adapter of a project that stores its apps elsewhere."""

    def list_apps(self, request, provider=None, client_id=None):
        own = {"client_id": DRAMA, "secret": "own", "provider": "ttminis"}
        return [SocialApp(**own)]


@pytest.fixture
def app_queries():
    """Return a function that counts the queries of apps during a call."""

    def count(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        return sum(SocialApp._meta.db_table in query["sql"] for query in captured)

    return count


def test_an_app_in_the_settings_is_found_by_its_client_key(configure, app_queries):
    configure([app(DRAMA)])

    assert app_queries(lambda: get_provider(None, DRAMA)) == 0


def test_an_app_in_the_settings_has_all_fields_of_the_settings(configure):
    configure([app(DRAMA, "drama")])

    found = get_provider(None, DRAMA).app
    stored = {name: getattr(found, name) for name in app(DRAMA)}
    assert stored == app(DRAMA, "drama")


def test_an_app_in_the_singular_setting_is_found(settings, db):
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APP": app(DRAMA)}}

    assert get_provider(None, DRAMA).app.secret == "simulated-drama-secret"


def test_an_app_in_the_settings_comes_before_a_row_of_the_same_key(configure, send):
    configure([app(DRAMA)], [app(DRAMA, "again")])

    assert send(DRAMA).status_code == 200
    assert Identity.objects.get().account.provider == "ttminis"


def test_a_row_comes_before_a_hidden_app_of_the_same_key(configure, send):
    configure([app(DRAMA, hidden=True)], [app(DRAMA, "row")])

    assert send(DRAMA).status_code == 200
    assert Identity.objects.get().account.provider == "row"


def test_an_app_without_a_client_key_is_not_found(configure, send):
    configure([{"secret": "s"}], [app(GAME)])

    assert error_code(send(DRAMA)) == "unknown_client_key"


def test_list_apps_of_the_project_s_adapter_is_used(configure, settings):
    configure([app(DRAMA)])
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.OneForEachRequest"

    assert get_provider(None, DRAMA).app.secret == "own"


@pytest.mark.parametrize(("key", "times"), [(DRAMA, 0), (GAME, 1)])
def test_the_origin_of_an_app_in_the_settings_needs_no_query(
    configure, app_queries, key, times
):
    configure([app(DRAMA)], [app(GAME)])

    assert app_queries(lambda: origins.is_of_any_app(origin_of(key))) == times
    assert origins.is_of_any_app(origin_of(key))
