"""Sites with each of the settings in ``tests.django_settings``."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import clear_script_prefix, reverse, set_script_prefix

from tests.databases import connection
from tests.django_settings import HEADLESS_ONLY, OWN_REFUSALS, SETTINGS
from tests.endpoints.hosted.hosted_page import HostedPage
from tests.fixtures import error_code
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db
PAGE = engines["django"].from_string("{% load ttminis %}{% ttminis_sdk %}")
CHANGES = [changes for tried in SETTINGS.values() for changes in tried.changes]


def config(html: str) -> dict[str, object]:
    found = re.search(r'type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


@pytest.fixture(
    params=CHANGES, ids=lambda changes: "-".join(f"{k}={v}" for k, v in changes.items())
)
def site(request, settings, monkeypatch, client):
    """A site with one setting of its own, as ``client`` meets it."""
    changes = dict(request.param)
    if changes.pop("ATOMIC_REQUESTS", False):
        monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    if changes.pop("LOGIN_REQUIRED", False):
        wall = "django.contrib.auth.middleware.LoginRequiredMiddleware"
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, wall]
    for name, value in changes.items():
        setattr(settings, name, value)
    return settings


@pytest.mark.usefixtures("site")
def test_visitor_logs_in_comes_back_and_consents(send_code, authorize, client):
    assert send_code("mia").status_code == 200
    assert send_code("mia").status_code == 200
    assert authorize("mia").status_code == 200
    assert client.session[SESSION_KEY] == str(Identity.objects.get().account.user_id)


@pytest.mark.usefixtures("site")
def test_page_that_tiktok_hosts_logs_in(send_code, settings):
    page = HostedPage()

    answer = send_code("mia", by=page, url="/accounts/ttminis/app/code/")

    assert answer.status_code == 200
    # Cookies do not arrive there, so sessions in cookies do not either: W013 says so.
    in_cookies = settings.SESSION_ENGINE.endswith("signed_cookies")
    user_pk = Identity.objects.get().account.user_id
    assert page.me() == (None if in_cookies else user_pk)


@pytest.mark.usefixtures("site")
def test_refusal_is_in_json(send_code):
    refusal = send_code("mia", code="never issued")

    assert (refusal.status_code, error_code(refusal)) == (401, "code_rejected")


@pytest.mark.usefixtures("site")
def test_webhook_removes_the_app(send_code, tiktok, client):
    send_code("mia")

    assert tiktok.remove("mia").status_code == 200
    assert Identity.objects.get().state == Identity.State.REMOVED


@pytest.mark.usefixtures("site")
def test_tag_writes_a_configuration(rf):
    request = rf.get("/")

    found = config(PAGE.render({}, request))

    assert found["loginUrl"] == reverse("ttminis_login_by_code")
    assert str(found["logoutUrl"]).endswith("/logout/")


@pytest.fixture
def _shop():
    """As a server has it that serves the site below an address, for each request."""
    set_script_prefix("/shop/")
    yield
    clear_script_prefix()


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("forced", [None, "/shop"])
def test_tag_puts_the_script_name_before_its_addresses(rf, settings, forced):
    settings.FORCE_SCRIPT_NAME = forced
    environ = {} if forced else {"SCRIPT_NAME": "/shop"}

    data = config(PAGE.render({}, rf.get("/", **environ)))

    assert data["loginUrl"] == "/shop/accounts/ttminis/login/code/"
    assert data["logoutUrl"] == "/shop/accounts/logout/"


@pytest.fixture
def _headless_only(settings):
    for name, value in HEADLESS_ONLY.items():
        setattr(settings, name, value)


@pytest.mark.usefixtures("_headless_only")
def test_script_of_a_headless_site_logs_the_visitor_out(send_code, client):
    send_code("mia")
    url = config(PAGE.render({}, RequestFactory().get("/")))["logoutUrl"]

    answer = client.post(url)

    assert answer.status_code == 200
    assert answer.json()["meta"]["is_authenticated"] is False
    assert SESSION_KEY not in client.session


@pytest.mark.usefixtures("_headless_only")
def test_page_of_another_site_does_not_log_out(send_code):
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(reverse("ttminis_logout"))

    assert (answer.status_code, error_code(answer)) == (403, "csrf_failed")


@pytest.mark.usefixtures("_headless_only")
def test_get_request_does_not_log_out(client):
    assert client.get(reverse("ttminis_logout")).status_code == 405


@pytest.fixture
def _own_refusals(settings):
    for name, value in OWN_REFUSALS.items():
        setattr(settings, name, value)


@pytest.mark.usefixtures("_own_refusals")
def test_refusals_stay_in_json_where_the_site_has_its_own_page(send_code, settings):
    send_code("mia")
    get_user_model().objects.update(is_active=False)
    settings.ACCOUNT_ADAPTER = "tests.adapters.ClosedAccountAdapter"
    url = reverse("ttminis_app_code")
    refused = [
        send_code("mia", by=Client(enforce_csrf_checks=True)),
        send_code("mia", by=Client()),
        send_code("noah", by=Client()),
        send_code("mia", url=url, by=HostedPage()),
        send_code("noah", url=url, by=HostedPage()),
        send_code("mia", url=url, by=HostedPage(origin="https://elsewhere.example")),
    ]

    assert [answer.status_code for answer in refused] == [403] * 6
    assert [error_code(answer) for answer in refused] == [
        "csrf_failed",
        "user_inactive",
        "signup_closed",
        "user_inactive",
        "signup_closed",
        "origin_refused",
    ]


@pytest.mark.usefixtures("_own_refusals")
def test_admin_refuses_with_the_site_s_own_page(olga, client):
    get_user_model().objects.update(is_staff=True)

    answer = client.get(reverse("admin:ttminis_auth_identity_changelist"))

    assert (answer.status_code, answer.content) == (403, b"the site's own page")
