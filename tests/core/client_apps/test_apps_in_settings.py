"""An app in the settings is found without a look at the rows."""

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
    """As of a project that keeps its apps elsewhere."""

    def list_apps(self, request, provider=None, client_id=None):
        own = {"client_id": DRAMA, "secret": "own", "provider": "ttminis"}
        return [SocialApp(**own)]


@pytest.fixture
def looks():
    """Say how often the rows are looked at while something is done."""

    def count(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        return sum(SocialApp._meta.db_table in query["sql"] for query in captured)

    return count


def test_by_its_client_key(configure, looks):
    configure([app(DRAMA)])

    assert looks(lambda: get_provider(None, DRAMA)) == 0


def test_with_all_that_the_settings_say_of_it(configure):
    configure([app(DRAMA, "drama")])

    found = get_provider(None, DRAMA).app
    kept = {name: getattr(found, name) for name in app(DRAMA)}
    assert kept == app(DRAMA, "drama")


def test_where_it_is_the_only_one_of_its_provider(settings, db):
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APP": app(DRAMA)}}

    assert get_provider(None, DRAMA).app.secret == "simulated-drama-secret"


def test_row_of_the_same_key_stops_no_login(configure, send):
    configure([app(DRAMA)], [app(DRAMA, "again")])

    assert send(DRAMA).status_code == 200
    assert Identity.objects.get().account.provider == "ttminis"


def test_hidden_one_leaves_its_place_to_a_row(configure, send):
    configure([app(DRAMA, hidden=True)], [app(DRAMA, "row")])

    assert send(DRAMA).status_code == 200
    assert Identity.objects.get().account.provider == "row"


def test_app_without_a_client_key_is_ignored(configure, send):
    configure([{"secret": "s"}], [app(GAME)])

    assert error_code(send(DRAMA)) == "unknown_client_key"


def test_a_project_that_lists_its_apps_itself_is_asked(configure, settings):
    configure([app(DRAMA)])
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.OneForEachRequest"

    assert get_provider(None, DRAMA).app.secret == "own"


@pytest.mark.parametrize(("key", "times"), [(DRAMA, 0), (GAME, 1)])
def test_page_of_one_in_the_settings_is_known_by_these(configure, looks, key, times):
    configure([app(DRAMA)], [app(GAME)])

    assert looks(lambda: origins.is_of_any_app(origin_of(key))) == times
    assert origins.is_of_any_app(origin_of(key))
