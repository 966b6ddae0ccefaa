"""The board as a TikTok-hosted page: another host, no cookie, a session token."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.example.conftest import DRAMA, GAME, Demo, Visitor
from tests.example.reading import LOGGED_OUT, name, sign_in_to_tiktok, status


class Hosted(requests.Session):
    """A client like the hosted page: it sends its token, and fails at a cookie."""

    def __init__(self, visitor: Visitor, client_key: str = DRAMA) -> None:
        super().__init__()
        self.visitor, self.client_key = visitor, client_key
        self.headers["Origin"] = visitor.demo.hosted(client_key)

    def log_in(self, claimed: str | None = None) -> requests.Response:
        key = claimed or self.client_key
        body = {"code": self.visitor.new_code(key), "client_key": key}
        answer = self.post(self.at("/accounts/ttminis/app/code/"), json=body)
        token = answer.json().get("meta", {}).get("session_token")
        self.headers["X-Session-Token"] = token
        assert not self.cookies
        return answer

    def progress(self) -> requests.Response:
        return self.get(self.at("/api/progress/"))

    def at(self, path: str) -> str:
        return self.visitor.demo.url + path


@pytest.fixture
def hosted(visitor: Visitor) -> Hosted:
    return Hosted(visitor)


def test_the_api_returns_the_progress_of_the_token_s_user(
    hosted: Hosted, visitor: Visitor
) -> None:
    visitor.log_in_silently("mia")
    visitor.watch(2, 21, visitor.viewer()["id"])
    hosted.log_in()
    answer = hosted.progress().json()
    assert answer["id"] == visitor.viewer()["id"]
    assert answer["seen"] == {"2": 21}
    assert answer["cookies"] == []


def test_the_api_returns_the_progress_of_the_cookie_s_user(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    answer = visitor.get("/api/progress/").json()
    assert answer["id"] == visitor.viewer()["id"]
    assert "sessionid" in answer["cookies"]


def test_an_ended_token_session_gets_401_and_a_challenge(hosted: Hosted) -> None:
    hosted.log_in()
    hosted.delete(hosted.at("/_allauth/app/v1/auth/session"))
    answer = hosted.progress()
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "X-Session-Token"


def test_an_invalid_token_does_not_fall_back_on_cookies(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    headers = {"X-Session-Token": "invalid"}
    assert visitor.get("/api/progress/", headers=headers).status_code == 401


def test_a_token_has_precedence_over_cookies(hosted: Hosted, visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    mia = visitor.viewer()["id"]
    visitor.sign_in_to_tiktok("noah")
    hosted.log_in()
    headers = {"X-Session-Token": hosted.headers["X-Session-Token"]}
    answer = visitor.get("/api/progress/", headers=headers).json()
    assert answer["id"] == hosted.progress().json()["id"] != mia


def test_an_anonymous_request_to_the_api_gets_401(hosted: Hosted) -> None:
    assert hosted.progress().status_code == 401


def test_a_login_from_the_page_of_another_app_is_refused(visitor: Visitor) -> None:
    game = Hosted(visitor, GAME)
    refused = game.log_in(claimed=DRAMA)
    assert refused.status_code == 403
    assert game.progress().status_code == 401


def test_cors_allows_only_the_page_of_the_own_app(demo: Demo) -> None:
    allowed = {
        key: "Access-Control-Allow-Origin" in asked(demo, key).headers
        for key in (DRAMA, "mnsomebodyelse01")
    }
    assert allowed == {DRAMA: True, "mnsomebodyelse01": False}


def test_cors_allows_the_page_served_by_vite(demo: Demo) -> None:
    vite = f"http://minis-{DRAMA}-demo-1.localhost:5173"
    answer = asked(demo, DRAMA, origin=vite)
    assert answer.headers["Access-Control-Allow-Origin"] == vite


def test_a_plain_django_view_authenticates_by_token(hosted: Hosted) -> None:
    user = hosted.log_in().json()["data"]["user"]
    answer = hosted.get(hosted.at("/api/me/")).json()
    assert answer == {"id": str(user["id"]), "cookies": []}


def test_a_plain_django_view_ignores_the_cookie(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    assert visitor.get("/api/me/").status_code == 401


def test_a_plain_django_view_answers_410_to_an_ended_session(
    hosted: Hosted,
) -> None:
    hosted.log_in()
    hosted.delete(hosted.at("/_allauth/app/v1/auth/session"))
    assert hosted.get(hosted.at("/api/me/")).status_code == 410


def asked(demo: Demo, client_key: str, origin: str | None = None) -> requests.Response:
    """Send the preflight that a browser sends before the header."""
    headers = {
        "Origin": origin or demo.hosted(client_key),
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-session-token",
    }
    address = f"{demo.url}/api/progress/"
    return requests.options(address, headers=headers, timeout=30)


@pytest.mark.browser
def test_the_site_and_the_hosted_page_have_the_same_user(page: Any, demo: Demo) -> None:
    sign_in_to_tiktok(page, demo, "Noah")
    page.goto(f"{demo.url}/board/")
    on_the_site = name(page)
    page.goto(demo.hosted())
    assert name(page) == on_the_site


@pytest.mark.browser
def test_a_reload_of_the_hosted_page_keeps_user_and_progress(
    page: Any, demo: Demo, visitor: Visitor
) -> None:
    visitor.log_in_silently("mia")
    visitor.watch(1, 12, visitor.viewer()["id"])
    page.goto(demo.hosted())
    before = name(page), status(page, 1)
    page.reload()
    assert (name(page), status(page, 1)) == before
    assert before[1] == "Resume 0:12"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("place", "received"), [("site", "csrftoken, sessionid"), ("elsewhere", "none")]
)
def test_the_board_shows_which_cookies_arrive(
    page: Any, demo: Demo, place: str, received: str
) -> None:
    # The browser has cookies of the site, which it might send.
    page.goto(f"{demo.url}/board/")
    name(page)
    page.goto(f"{demo.url}/board/" if place == "site" else demo.hosted())
    name(page)
    assert page.inner_text("[data-cookies-received]") == received


@pytest.mark.browser
def test_the_hosted_page_has_no_cookie(page: Any, demo: Demo) -> None:
    page.goto(demo.hosted())
    name(page)
    assert page.inner_text("[data-cookies-here]") == "none"
    assert page.context.cookies() == []


@pytest.mark.browser
def test_a_consent_on_the_hosted_page_shows_name_and_picture(
    page: Any, demo: Demo
) -> None:
    sign_in_to_tiktok(page, demo, "愛子")
    page.goto(demo.hosted())
    name(page)
    page.click("[data-ttminis=authorize]")
    page.click("button[value=allow]")
    page.wait_for_selector("[data-name]:text-is('愛子 ✨')")
    page.wait_for_function(
        "() => document.querySelector('[data-picture]').naturalWidth"
    )


@pytest.mark.browser
def test_a_logout_of_the_hosted_page_is_remembered(page: Any, demo: Demo) -> None:
    page.goto(demo.hosted())
    before = name(page)
    page.click("[data-logout]")
    page.wait_for_selector(LOGGED_OUT)
    page.reload()
    page.wait_for_selector("[data-ttminis=login]:visible")
    page.click("[data-ttminis=login]")
    assert name(page) == before


@pytest.mark.browser
def test_the_page_at_another_app_s_host_cannot_log_in(phone: Any, demo: Demo) -> None:
    tab = phone.new_page()
    tab.goto(demo.hosted("mnsomebodyelse01"))
    tab.wait_for_selector("[data-notice]:visible")
    tab.wait_for_selector(LOGGED_OUT)
    assert tab.evaluate("TTMinisAuth.session.userId") is None
    assert tab.inner_text("[data-cookies-received]") == "not asked"


@pytest.mark.browser
def test_a_late_board_script_shows_why_the_login_failed(phone: Any, demo: Demo) -> None:
    tab = phone.new_page()
    routes: list[Any] = []
    tab.route("**/board.*.js", lambda route: routes.append(route))
    tab.goto(demo.hosted("mnsomebodyelse01"), wait_until="commit")
    tab.wait_for_function("() => window.TTMinisAuth")
    tab.evaluate("TTMinisAuth.ready.then(() => null)")
    routes[0].continue_()
    tab.wait_for_selector("[data-notice]:visible")
