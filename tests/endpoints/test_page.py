"""The page with the login button: who gets it, and where all others are redirected."""

from urllib.parse import unquote

import pytest

from tests.fixtures import DRAMA, GAME

pytestmark = pytest.mark.django_db

PAGE = "/accounts/ttminis/login/"


@pytest.fixture(autouse=True)
def _tiktok(tiktok):
    """The page links the SDK, whose address comes from the settings."""


def test_login_page_shows_the_login_button(client):
    assert 'data-ttminis="login"' in client.get(PAGE).content.decode()


def test_login_page_sends_tiktok_no_request(client, tiktok):
    client.get(PAGE)

    assert tiktok.requests == []


def test_a_logged_in_user_is_redirected(client, olga):
    assert client.get(PAGE, {"next": "/shop/"}).url == "/shop/"


def test_a_logged_in_user_may_connect(client, olga):
    page = client.get(PAGE, {"process": "connect"}).content.decode()

    assert 'data-ttminis="connect"' in page


def test_an_anonymous_visitor_has_to_log_in_before_connecting(client):
    response = client.get(PAGE, {"process": "connect"})

    back = "/accounts/ttminis/login/?process=connect"
    assert unquote(response.url) == f"/accounts/login/?next={back}"


def test_a_safe_next_is_kept(client):
    assert client.get(PAGE, {"next": "/shop/"}).context["next_url"] == "/shop/"


@pytest.mark.parametrize(
    "url", ["//evil.example", "https://evil.example/", "/\\e.com", "//["]
)
def test_a_hostile_next_is_dropped(client, url):
    assert client.get(PAGE, {"next": url}).context["next_url"] == PAGE


def test_without_next_a_login_is_sent_where_the_project_says(client, olga, settings):
    settings.LOGIN_REDIRECT_URL = "/home/"

    assert client.get(PAGE).url == "/home/"


@pytest.mark.parametrize("url", ["library", "account_logout", "library?page=2"])
def test_an_address_beside_the_page_is_no_name_of_a_url(client, olga, url):
    assert client.get(PAGE, {"next": url}).url == url


@pytest.mark.parametrize("url", ["//evil.example", "//[", "http://[::1"])
def test_a_logged_in_user_is_not_redirected_to_another_site(
    client, olga, settings, url
):
    settings.LOGIN_REDIRECT_URL = "/home/"

    assert client.get(PAGE, {"next": url}).url == "/home/"


def test_after_connecting_the_connections_are_shown(client, olga):
    page = client.get(PAGE, {"process": "connect"})

    assert page.context["next_url"] == "/accounts/3rdparty/"


def test_after_connecting_a_safe_next_is_kept(client, olga):
    page = client.get(PAGE, {"process": "connect", "next": "/shop/"})

    assert page.context["next_url"] == "/shop/"


def test_the_app_is_named(client):
    assert client.get(PAGE, {"client_key": DRAMA}).context["client_key"] == DRAMA


@pytest.mark.parametrize("client_key", ["nobody", "a\x00b", "k" * 500])
def test_an_unknown_app_is_not_found(client, client_key):
    assert client.get(PAGE, {"client_key": client_key}).status_code == 404


def test_a_page_for_one_of_several_apps_says_what_is_missing(client, settings):
    settings.DEBUG = True
    apps = [{"client_id": key, "secret": "s"} for key in (DRAMA, GAME)]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}

    response = client.get(PAGE)

    assert response.status_code == 404
    assert "name one by its client key" in response.content.decode()


def test_login_page_refuses_a_post(client):
    assert client.post(PAGE).status_code == 405


def test_login_page_is_never_cached(client):
    assert "no-store" in client.get(PAGE)["Cache-Control"]


def test_a_project_without_pages_has_none(client, settings):
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
def test_a_login_wall_does_not_hide_the_page(client):
    assert client.get(PAGE).status_code == 200


@pytest.mark.usefixtures("_login_required_everywhere")
def test_a_login_wall_does_not_stop_a_code(send_code):
    assert send_code("mia").status_code == 200
