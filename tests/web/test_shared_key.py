"""One client key, by mistake, for Minis and for the web."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from .conftest import WEB

pytestmark = pytest.mark.django_db


@pytest.fixture
def _shared_key(settings):
    app = {"client_id": WEB, "secret": "simulated-web-secret"}
    providers = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {**providers, "ttminis": {"APP": app}}


@pytest.fixture
def enter_by_minis(tiktok, code_url):
    def enter():
        body = {"code": tiktok.issue_code(WEB, "mia"), "client_key": WEB}
        return Client().post(code_url, body, content_type="application/json")

    return enter


@pytest.mark.usefixtures("_shared_key")
def test_account_of_a_minis_login_stays_one_after_a_web_login(person, enter_by_minis):
    assert enter_by_minis().status_code == 200

    person.log_in()

    assert person.user_pk
    assert SocialAccount.objects.get().provider == "ttminis"


@pytest.mark.usefixtures("_shared_key")
def test_account_of_a_web_login_stays_one_after_a_minis_login(person, enter_by_minis):
    person.log_in()

    assert enter_by_minis().status_code == 200
    assert SocialAccount.objects.get().provider == "tiktok"


def test_account_moves_once_its_provider_has_another_key(
    person, enter_by_minis, settings
):
    person.log_in()
    app = {"client_id": WEB, "secret": "simulated-web-secret"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APP": app}}

    assert enter_by_minis().status_code == 200
    assert SocialAccount.objects.get().provider == "ttminis"
