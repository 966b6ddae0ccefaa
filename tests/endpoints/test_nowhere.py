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
    """As a client of a cache is when there is no server."""

    def __init__(self, location, params):
        super().__init__(params)

    def _fail(self, *args, **kwargs):
        raise ConnectionError

    get = set = add = delete = _fail


@pytest.fixture(autouse=True, params=["no address", "no cache"])
def address(request, settings):
    """What the server tells of the visitor's address."""
    if request.param == "no address":
        return ""  # as on a Unix socket
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.NoCache"}}
    return "203.0.113.7"


@pytest.fixture
def code(tiktok):
    return tiktok.issue_code(DRAMA, "mia")


def test_page_logs_in(code, code_url, address):
    client = Client(REMOTE_ADDR=address)

    assert client.post(code_url, {"code": code}, JSON).status_code == 200


def test_page_that_tiktok_hosts_logs_in(code, address):
    page = HostedPage(REMOTE_ADDR=address)

    answer = page.post("/accounts/ttminis/app/code/", {"code": code}, JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize("client_kind", ["app", "browser"])
def test_client_of_allauth_logs_in(code, address, client_kind):
    token = {"client_id": DRAMA, "access_token": code}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = f"/_allauth/{client_kind}/v1/auth/provider/token"

    answer = Client(REMOTE_ADDR=address).post(url, body, JSON)
    assert answer.status_code == 200


def test_backend_finds_the_user(code, address):
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    request.session, request.user = SessionStore(), AnonymousUser()

    assert authenticate(request, ttminis_code=code)


@pytest.mark.usefixtures("tiktok")
def test_web_site_logs_in(address):
    client = Client(REMOTE_ADDR=address)
    Person(client).log_in()

    assert "_auth_user_id" in client.session
