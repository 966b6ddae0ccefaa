"""The login page shows the button, or redirects a logged in user."""

from urllib.parse import unquote

import pytest

from tests.fixtures import DRAMA, GAME

pytestmark = pytest.mark.django_db

PAGE = "/accounts/ttminis/login/"


@pytest.fixture(autouse=True)
def _tiktok(tiktok):
    """The page links the SDK; its URL comes from the settings."""


def test_login_page_shows_the_login_button(client):
    assert 'data-ttminis="login"' in client.get(PAGE).content.decode()


def test_login_page_sends_no_request_to_tiktok(client, tiktok):
    client.get(PAGE)

    assert tiktok.requests == []


def test_login_page_redirects_a_logged_in_user(client, olga):
    assert client.get(PAGE, {"next": "/shop/"}).url == "/shop/"


def test_login_page_lets_a_logged_in_user_connect(client, olga):
    page = client.get(PAGE, {"process": "connect"}).content.decode()

    assert 'data-ttminis="connect"' in page


def test_connect_page_redirects_an_anonymous_visitor_to_the_login(client):
    response = client.get(PAGE, {"process": "connect"})

    back = "/accounts/ttminis/login/?process=connect"
    assert unquote(response.url) == f"/accounts/login/?next={back}"


def test_login_page_keeps_a_safe_next(client):
    assert client.get(PAGE, {"next": "/shop/"}).context["next_url"] == "/shop/"


@pytest.mark.parametrize(
    "url", ["//evil.example", "https://evil.example/", "/\\e.com", "//["]
)
def test_login_page_drops_a_hostile_next(client, url):
    assert client.get(PAGE, {"next": url}).context["next_url"] == PAGE


def test_login_page_without_next_redirects_to_login_redirect_url(
    client, olga, settings
):
    settings.LOGIN_REDIRECT_URL = "/home/"

    assert client.get(PAGE).url == "/home/"


@pytest.mark.parametrize("url", ["library", "account_logout", "library?page=2"])
def test_a_relative_next_is_not_resolved_as_a_url_name(client, olga, url):
    assert client.get(PAGE, {"next": url}).url == url


@pytest.mark.parametrize("url", ["//evil.example", "//[", "http://[::1"])
def test_login_page_does_not_redirect_to_another_site(client, olga, settings, url):
    settings.LOGIN_REDIRECT_URL = "/home/"

    assert client.get(PAGE, {"next": url}).url == "/home/"


def test_connect_page_leads_to_the_connections(client, olga):
    page = client.get(PAGE, {"process": "connect"})

    assert page.context["next_url"] == "/accounts/3rdparty/"


def test_connect_page_keeps_a_safe_next(client, olga):
    page = client.get(PAGE, {"process": "connect", "next": "/shop/"})

    assert page.context["next_url"] == "/shop/"


def test_login_page_is_for_the_app_in_its_url(client):
    assert client.get(PAGE, {"client_key": DRAMA}).context["client_key"] == DRAMA


@pytest.mark.parametrize("client_key", ["unknown", "a\x00b", "k" * 500])
def test_login_page_of_an_unknown_app_is_not_found(client, client_key):
    assert client.get(PAGE, {"client_key": client_key}).status_code == 404


def test_login_page_without_client_key_explains_the_404(client, settings):
    settings.DEBUG = True
    apps = [{"client_id": key, "secret": "s"} for key in (DRAMA, GAME)]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}

    response = client.get(PAGE)

    assert response.status_code == 404
    assert "name one by its client key" in response.content.decode()


def test_login_page_refuses_a_post_request(client):
    assert client.post(PAGE).status_code == 405


def test_login_page_is_never_cached(client):
    assert "no-store" in client.get(PAGE)["Cache-Control"]


def test_login_page_does_not_exist_with_headless_only(client, settings):
    settings.HEADLESS_ONLY = True

    assert client.get(PAGE).status_code == 404


@pytest.fixture
def _login_required_everywhere(settings):
    position = settings.MIDDLEWARE.index(
        "django.contrib.auth.middleware.AuthenticationMiddleware"
    )
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[: position + 1],
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
        *settings.MIDDLEWARE[position + 1 :],
    ]


@pytest.mark.usefixtures("_login_required_everywhere")
def test_login_page_passes_loginrequiredmiddleware(client):
    assert client.get(PAGE).status_code == 200


@pytest.mark.usefixtures("_login_required_everywhere")
def test_a_login_by_code_passes_loginrequiredmiddleware(send_code):
    assert send_code("mia").status_code == 200
