"""No endpoint needs a client address or a cache for a good code."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache.backends.base import BaseCache
from django.test import Client, RequestFactory

from tests.endpoints.hosted.hosted_page import HostedPage
from tests.fixtures import DRAMA
from tests.web.conftest import Person

pytestmark = pytest.mark.django_db

JSON = "application/json"


class NoCache(BaseCache):
    """A cache whose server cannot be reached."""

    def __init__(self, location, params):
        super().__init__(params)

    def _fail(self, *args, **kwargs):
        raise ConnectionError

    get = set = add = delete = _fail


@pytest.fixture(autouse=True, params=["no address", "no cache"])
def address(request, settings):
    """The REMOTE_ADDR of the visitor."""
    if request.param == "no address":
        return ""  # as on a Unix socket
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.NoCache"}}
    return "203.0.113.7"


@pytest.fixture
def code(tiktok):
    return tiktok.issue_code(DRAMA, "mia")


def test_a_same_origin_page_logs_in_without_address_or_cache(code, code_url, address):
    client = Client(REMOTE_ADDR=address)

    assert client.post(code_url, {"code": code}, JSON).status_code == 200


def test_a_hosted_page_logs_in_without_address_or_cache(code, address):
    page = HostedPage(REMOTE_ADDR=address)

    answer = page.post("/accounts/ttminis/app/code/", {"code": code}, JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize("client_kind", ["app", "browser"])
def test_a_headless_client_logs_in_without_address_or_cache(code, address, client_kind):
    token = {"client_id": DRAMA, "access_token": code}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = f"/_allauth/{client_kind}/v1/auth/provider/token"

    answer = Client(REMOTE_ADDR=address).post(url, body, JSON)
    assert answer.status_code == 200


def test_authenticate_finds_the_user_without_address_or_cache(code, address):
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    request.session, request.user = SessionStore(), AnonymousUser()

    assert authenticate(request, ttminis_code=code)


@pytest.mark.usefixtures("tiktok")
def test_a_web_login_works_without_address_or_cache(address):
    client = Client(REMOTE_ADDR=address)
    Person(client).log_in()

    assert "_auth_user_id" in client.session
