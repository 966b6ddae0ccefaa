"""The session token of a TikTok-hosted page, on another origin than the server."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from playwright.sync_api import Request, Response, Route

from tests.waiting import until

from .conftest import CLIENT_KEY, PageHost, Visit

pytestmark = pytest.mark.browser

GET_NOTE = "TTMinisAuth.fetch('/api/token/note/')"
POST_NOTE = "TTMinisAuth.fetch('/api/token/note/', {method: 'POST', body: 'hello'})"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
# All places of the page where a token could be left.
TRACES = """() => JSON.stringify([
  document.documentElement.outerHTML, location.href, document.cookie, window.seen,
  TTMinisAuth.session, performance.getEntries().map((each) => each.name), history.state,
])"""


@pytest.fixture
def page(hosted: Visit) -> Visit:
    """A hosted page that mia is logged in to."""
    hosted.open("/")
    hosted.event("login")
    return hosted


@pytest.fixture
def sent(hosted: Visit) -> list[Request]:
    """The requests to the server, without preflights."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if "/_allauth/" in request.url or "/app/code/" in request.url:
            requests.append(request)

    hosted.page.on("request", note)
    return requests


@pytest.fixture
def foreign_requests(hosted: Visit) -> list[Request]:
    """The requests that reach a third origin, which allows every header."""
    requests: list[Request] = []

    def take(route: Route) -> None:
        requests.append(route.request)
        route.fulfill(body="{}", headers=CORS)

    hosted.page.route("*://elsewhere.example/**", take)
    return requests


def status(visit: Visit, expression: str) -> Any:
    return visit.page.evaluate(f"{expression}.then((r) => r.status, (e) => e.name)")


def answer(visit: Visit, expression: str) -> Any:
    return visit.page.evaluate(f"{expression}.then((response) => response.json())")


def call(visit: Visit, expression: str) -> Any:
    """Return what the promise resolves to, or the code it is rejected with."""
    return visit.page.evaluate(f"{expression}.then((r) => r || null, (e) => e.code)")


def stored(visit: Visit) -> Any:
    """Return the token that this tab has stored, if any."""
    entries = visit.page.evaluate(
        "Object.entries(sessionStorage).filter(([key]) => key.includes(':token:'))"
    )
    assert all(CLIENT_KEY in key for key, _ in entries)
    return json.loads(entries[0][1])["tokens"]["session"] if entries else None


def session_key() -> str:
    """Return the key of the only session on the server."""
    return Session.objects.get().session_key


def users_of_sessions() -> list[str]:
    return [each.get_decoded()[USER_KEY] for each in Session.objects.all()]


# ------------------------------------------------------------------- login


def test_a_hosted_login_needs_no_cookie(page: Visit) -> None:
    assert page.event("login")["changed"] is True
    assert stored(page) == session_key()


def test_a_hosted_login_works_under_a_strict_policy(
    hosted: Visit, page_host: PageHost
) -> None:
    sources = "script-src 'self' https://connect.tiktok-minis.com 'unsafe-inline'"
    connect = f"connect-src {page_host.api_base}"
    policy = f"default-src 'self'; {sources}; {connect}; img-src data:"
    page_host.headers["Content-Security-Policy"] = policy
    hosted.open("/")
    assert hosted.event("login")["changed"] is True


def test_a_reload_keeps_the_token_session(page: Visit) -> None:
    before = session_key()
    page.open("/")
    assert page.event("login")["changed"] is False
    assert session_key() == before


def test_a_reload_restores_the_user_without_a_request(page: Visit) -> None:
    page.open("/?quiet")
    page.ready()
    user = get_user_model().objects.get()
    assert page.page.evaluate("TTMinisAuth.session.userId") == str(user.pk)
    assert answer(page, GET_NOTE)["user"] == user.pk
    assert page.sdk_calls() == 0


def test_a_switched_account_replaces_the_session_on_reload(
    page: Visit, tiktok: Any
) -> None:
    before = session_key()
    tiktok.sign_in("noah")
    page.open("/")
    detail = page.event("login")
    assert detail["changed"] is True
    assert users_of_sessions() == [str(detail["user"]["id"])]
    assert stored(page) == session_key() != before


def test_a_switched_account_replaces_the_session_when_shown_again(
    hosted: Visit, tiktok: Any
) -> None:
    handles = iter(["mia"])
    hosted.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    hosted.open("/")
    mia = hosted.event("login")["user"]["id"]
    hosted.page.evaluate("window.show()")
    noah = hosted.event("login", count=2)
    assert noah["changed"] is True
    assert users_of_sessions() == [str(noah["user"]["id"])] != [str(mia)]


def test_the_same_account_keeps_the_session_when_shown_again(page: Visit) -> None:
    before = session_key()
    page.page.evaluate("window.show()")
    assert page.event("login", count=2)["changed"] is False
    assert session_key() == before


def test_an_invalid_token_is_dropped_and_a_new_code_sent(
    page: Visit, sent: list[Request]
) -> None:
    Session.objects.all().delete()
    sent.clear()
    page.refusals_expected = True
    page.open("/")
    assert page.event("login")["changed"] is False
    codes = [json.loads(each.post_data or "")["code"] for each in sent]
    assert len(set(codes)) == len(codes) == 2
    assert ["x-session-token" in each.headers for each in sent] == [True, False]
    assert stored(page) == session_key()


def test_repeated_410_answers_end_with_an_error(page: Visit) -> None:
    gone = {"status": 410, "json": {}, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**gone))
    page.refusals_expected = True
    page.open("/")
    assert (page.event("error")["code"], page.sdk_calls()) == ("network", 2)


def test_an_invalid_token_does_not_open_a_second_consent_dialog(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    detail = call(page, "TTMinisAuth.authorize()")
    assert detail["ttminis"]["profile"]["display_name"] == "Mia"
    assert page.sdk_calls() == 1 + 1
    assert stored(page) == session_key()


def test_switch_replaces_the_token(page: Visit, tiktok: Any) -> None:
    code = tiktok.issue_code(CLIENT_KEY, "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", code
    )
    assert call(page, "TTMinisAuth.switchAccount()")["changed"] is True
    assert stored(page) == session_key()


def test_a_changed_account_is_redirected_within_the_hosted_page(
    hosted: Visit, page_host: PageHost
) -> None:
    hosted.open("/?next=/%3Farrived")
    hosted.page.wait_for_url(f"{page_host.origin}/?arrived")
    assert hosted.event("login")["changed"] is False


# ------------------------------------------------------------------ logout


def test_a_logout_ends_the_session_on_the_server(page: Visit) -> None:
    page.refusals_expected = True  # allauth confirms a logout with 401
    assert call(page, "TTMinisAuth.logout()") is None
    assert not Session.objects.exists()
    assert stored(page) is None
    assert page.page.evaluate("TTMinisAuth.session.userId") is None


@pytest.mark.parametrize("again", ["show", "reload"])
def test_a_logout_of_a_hosted_page_is_remembered(page: Visit, again: str) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    if again == "reload":
        page.page.reload()
    else:
        page.page.evaluate("window.show()")
    page.page.wait_for_timeout(200)
    page.ready()
    assert "login" not in page.event_names()[2:]
    assert not Session.objects.exists()


def test_a_login_by_button_works_after_a_logout(page: Visit) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    page.page.click("[data-ttminis=login]")
    assert page.event("login", count=2)["changed"] is True
    assert stored(page) == session_key()


def test_a_logout_that_the_server_refuses_still_drops_the_token(
    page: Visit,
) -> None:
    page.refusals_expected = True
    broken = {"status": 500, "headers": {**CORS, "Access-Control-Allow-Methods": "*"}}
    page.page.route("**/auth/session", lambda route: route.fulfill(**broken))
    assert call(page, "TTMinisAuth.logout()") == "network"
    assert page.event_names() == ["login", "logout"]
    assert stored(page) is None


def test_a_marked_link_logs_out(page: Visit) -> None:
    page.refusals_expected = True
    page.page.click("[data-ttminis-logout]")
    page.event("logout")
    assert stored(page) is None
    # The page is logged out at once; its request to the server may take longer.
    until(lambda: not Session.objects.exists())


def test_a_logout_in_one_tab_ends_the_session_of_another(page: Visit) -> None:
    page.refusals_expected = True
    mark = f"ttminis-auth:logged-out:{CLIENT_KEY}"
    page.page.evaluate("mark => localStorage.setItem(mark, '1 1')", mark)
    page.open("/")
    assert stored(page) is None
    # The old page may end the session on the server, or the new one.
    until(lambda: not Session.objects.exists())


def test_a_page_never_has_a_user_who_logged_out_in_another_tab(page: Visit) -> None:
    page.refusals_expected = True
    mark = f"ttminis-auth:logged-out:{CLIENT_KEY}"
    page.page.evaluate("mark => localStorage.setItem(mark, '1 1')", mark)
    page.page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        " window.first = window.first || TTMinisAuth.session; });"
    )
    page.open("/")
    assert page.page.evaluate("window.first.userId") is None


# ------------------------------------------------------------------- fetch


def test_fetch_sends_the_session_token(page: Visit) -> None:
    user = get_user_model().objects.get()
    expected = {"user": user.pk, "text": "hello", "cookies": []}
    assert answer(page, POST_NOTE) == expected


def test_fetch_sends_no_cookies(page: Visit, page_host: PageHost) -> None:
    jar = page.page.context
    jar.add_cookies([{"name": "sessionid", "value": "x", "url": page_host.api_base}])
    options = "{method: 'POST', body: '', credentials: 'include'}"
    data = answer(page, f"TTMinisAuth.fetch('/api/token/note/', {options})")
    assert data["cookies"] == []
    jar.clear_cookies()


def test_fetch_accepts_absolute_urls_of_the_server(
    page: Visit, page_host: PageHost
) -> None:
    url = f"{page_host.api_base}/api/token/note/"
    assert status(page, f"TTMinisAuth.fetch(new Request('{url}'))") == 200


def test_fetch_sends_no_token_for_files_of_the_hosted_page(
    page: Visit, page_host: PageHost
) -> None:
    with page.page.expect_request(f"{page_host.origin}/episodes") as asked:
        assert status(page, "TTMinisAuth.fetch('episodes')") == 200
    assert "x-session-token" not in asked.value.headers


@pytest.mark.parametrize("scheme", ["https:", ""])
def test_fetch_sends_no_token_to_a_third_origin(
    scheme: str, page: Visit, foreign_requests: list[Request]
) -> None:
    there = f"TTMinisAuth.fetch('{scheme}//elsewhere.example/', {{method: 'POST'}})"
    assert status(page, there) == 200
    assert "x-session-token" not in foreign_requests[0].headers


@pytest.mark.parametrize("redirect", ["follow", "error"])
def test_fetch_does_not_follow_a_redirect_to_a_third_origin(
    redirect: str, page: Visit, foreign_requests: list[Request]
) -> None:
    page.refusals_expected = True
    options = f"{{method: 'POST', redirect: '{redirect}'}}"
    assert status(page, f"TTMinisAuth.fetch('/api/bounce/', {options})") == "TypeError"
    assert foreign_requests == []
    page.noise.clear()


def test_fetch_does_not_follow_a_redirect_within_the_server(page: Visit) -> None:
    without_slash = "TTMinisAuth.fetch('/api/token/note')"
    assert status(page, without_slash) == "TypeError"
    page.noise.clear()


def test_fetch_can_return_a_redirect(
    page: Visit, foreign_requests: list[Request]
) -> None:
    options = "{method: 'POST', redirect: 'manual'}"
    bounce = f"TTMinisAuth.fetch('/api/bounce/', {options}).then((r) => r.type)"
    assert page.page.evaluate(bounce) == "opaqueredirect"
    assert foreign_requests == []


def test_fetch_waits_for_a_running_login(hosted: Visit) -> None:
    notes: list[Response] = []
    hosted.page.on("response", lambda r: "/note/" in r.url and notes.append(r))
    hosted.hold()
    hosted.open("/")
    hosted.until("Boolean(window.TTMinisAuth)")
    hosted.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    hosted.release()
    assert status(hosted, "window.note") == 200
    assert [note.status for note in notes] == [200]


def test_a_write_that_waited_for_another_user_s_login_is_not_sent(
    hosted: Visit, tiktok: Any
) -> None:
    handles = iter(["mia"])
    hosted.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    notes: list[Response] = []
    hosted.page.on("response", lambda r: "/note/" in r.url and notes.append(r))
    hosted.open("/")
    hosted.event("login")
    hosted.page.evaluate("window.__hold = true; window.show()")
    hosted.until("Boolean(window.release)")
    hosted.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    hosted.release()
    assert call(hosted, "window.note") == "cancelled"
    assert notes == []


def test_fetch_does_not_wait_for_a_consent(page: Visit) -> None:
    page.page.evaluate(
        "() => { window.__holdConsent = true; TTMinisAuth.authorize(); }"
    )
    page.until("Boolean(window.agree)")
    assert status(page, GET_NOTE) == 200
    page.page.evaluate("window.agree()")
    page.event("authorize")


@pytest.mark.parametrize("path", ["/api/token/note/", "/api/token/note403/"])
def test_ten_requests_with_an_ended_session_share_one_login(
    path: str, page: Visit, sent: list[Request]
) -> None:
    Session.objects.all().delete()
    sent.clear()
    page.refusals_expected = True
    one = f"TTMinisAuth.fetch('{path}', {{method: 'POST', body: 'hello'}})"
    ten = f"Promise.all(Array.from({{length: 10}}, () => {one}))"
    statuses = page.page.evaluate(f"{ten}.then((all) => all.map((r) => r.status))")
    assert statuses == [200] * 10
    assert page.sdk_calls() == 1 + 1
    assert [each.method for each in sent] == ["GET", "POST"]
    assert stored(page) == session_key()


def test_a_late_401_after_a_new_login_is_repeated_without_another(page: Visit) -> None:
    routes: list[Route] = []
    late = re.compile(r"/note/\?late$")
    page.page.route(late, lambda route: routes.append(route), times=1)
    page.page.evaluate(
        "() => { window.late = TTMinisAuth.fetch('/api/token/note/?late'); }"
    )
    slow = page.caught(routes)
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 200
    slow.continue_()
    assert status(page, "window.late") == 200
    assert page.sdk_calls() == 1 + 1


@pytest.mark.parametrize("code", [401, 403, 410])
def test_a_refusal_with_a_valid_session_is_returned(code: int, page: Visit) -> None:
    page.refusals_expected = True
    assert status(page, f"TTMinisAuth.fetch('/api/answer/{code}/')") == code
    assert page.sdk_calls() == 1


@pytest.mark.parametrize("outage", ["500", "abort"])
def test_a_401_is_returned_if_the_session_cannot_be_checked(
    outage: str, page: Visit
) -> None:
    def fail(route: Route) -> None:
        if outage == "abort":
            route.abort()
        else:
            route.fulfill(status=500, headers=CORS)

    page.page.route("**/auth/session", fail)
    page.refusals_expected = True
    assert status(page, "TTMinisAuth.fetch('/api/answer/401/')") == 401
    assert page.sdk_calls() == 1
    page.noise.clear()


def test_a_410_of_allauth_starts_a_new_login(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, "TTMinisAuth.fetch('/_allauth/app/v1/auth/session')") == 200
    assert stored(page) == session_key()


def test_a_write_with_a_token_is_not_repeated_for_another_user(
    page: Visit, tiktok: Any
) -> None:
    other_code = tiktok.issue_code(CLIENT_KEY, "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", other_code
    )
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert page.event("login", count=2)["changed"] is True


def test_repeated_invalid_sessions_stop_new_logins(page: Visit) -> None:
    page.refusals_expected = True
    refused = {"status": 401, "json": {}, "headers": CORS}
    page.page.route("**/auth/session", lambda route: route.fulfill(**refused))
    for _ in range(5):
        assert status(page, "TTMinisAuth.fetch('/api/answer/401/')") == 401
    assert page.sdk_calls() == 1 + 3


def test_fetch_with_a_token_does_not_log_in_after_a_logout(page: Visit) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    assert status(page, GET_NOTE) == 401
    assert page.sdk_calls() == 1


def test_a_deactivated_user_cannot_log_in_again(page: Visit) -> None:
    get_user_model().objects.update(is_active=False)
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401
    assert page.event("error")["code"] == "user_inactive"


# ----------------------------------------------------------------- storage


def test_the_token_is_not_visible_in_the_page(page: Visit) -> None:
    page.refusals_expected = True
    token = stored(page)
    answer(page, POST_NOTE)
    page.page.evaluate("window.show()")
    page.event("login", count=2)
    call(page, "TTMinisAuth.logout()")
    assert token not in page.page.evaluate(TRACES)
    assert token not in "".join(page.noise)


@pytest.fixture
def blocked(hosted: Visit) -> Visit:
    """A browser that throws when a page reads its storage."""
    throw = "() => { throw new DOMException('blocked', 'SecurityError'); }"
    for area in ("localStorage", "sessionStorage"):
        hosted.page.add_init_script(
            f"Object.defineProperty(window, '{area}', {{get: {throw}}});"
        )
    return hosted


def test_the_token_is_kept_in_memory_without_storage(blocked: Visit) -> None:
    blocked.open("/")
    blocked.event("login")
    assert status(blocked, POST_NOTE) == 200
    blocked.page.evaluate("window.show()")
    assert blocked.event("login", count=2)["changed"] is False
    assert Session.objects.count() == 1
    blocked.refusals_expected = True
    call(blocked, "TTMinisAuth.logout()")
    assert not Session.objects.exists()


def test_a_redirect_to_next_does_not_loop_without_storage(
    blocked: Visit,
) -> None:
    blocked.open("/?next=/%3Fnext=/")
    blocked.event("login")
    blocked.page.wait_for_timeout(300)
    assert blocked.page.url.endswith("/?next=/%3Fnext=/")


@pytest.mark.parametrize(
    "value", ["{", "null", "7", '{"tokens": {"session": "a\\u0000"}}']
)
def test_invalid_storage_is_treated_as_empty(value: str, page: Visit) -> None:
    spoil = "value => Object.keys(sessionStorage).map((k) => sessionStorage[k] = value)"
    page.page.evaluate(spoil, value)
    page.open("/")
    assert page.event("login")["changed"] is True
    assert status(page, GET_NOTE) == 200


def test_a_token_is_not_sent_to_another_server(
    page: Visit, page_host: PageHost, sent: list[Request]
) -> None:
    page_host.api_base = page_host.api_base.replace("localhost", "127.0.0.1")
    sent.clear()
    page.open("/")
    page.event("login")
    assert "x-session-token" not in sent[0].headers


# ---------------------------------------------------------- pending steps

STEP = {
    "status": 401,
    "data": {
        "flows": [{"id": "login"}, {"id": "mfa_authenticate", "is_pending": True}]
    },
    "meta": {"is_authenticated": False, "session_token": "half-way"},
}


@pytest.fixture
def pending(page: Visit) -> Visit:
    """A page with a pending login of another user, who needs a second factor."""
    pending = {"status": 401, "json": STEP, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**pending))
    page.page.route("**/auth/session", lambda route: route.fulfill(**pending))
    page.refusals_expected = True
    page.page.evaluate("window.show()")
    page.event("error")
    return page


def test_a_pending_step_is_reported_and_its_token_stored(pending: Visit) -> None:
    detail = pending.event("error")
    assert detail["code"] == "pending"
    assert [flow["id"] for flow in detail["flows"]] == ["mfa_authenticate"]
    assert stored(pending) == "half-way"
    assert pending.page.evaluate("TTMinisAuth.session.userId") is None


@pytest.mark.parametrize("act", ["login", "authorize"])
def test_a_pending_login_by_the_visitor_ends_an_earlier_logout(
    page: Visit, act: str
) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    pending = {"status": 401, "json": STEP, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**pending))
    assert call(page, f"TTMinisAuth.{act}()") == "pending"
    page.open("/?quiet")
    page.ready()
    assert stored(page) == "half-way"


def test_a_401_does_not_drop_the_token_of_a_pending_step(pending: Visit) -> None:
    assert status(pending, GET_NOTE) == 401
    assert pending.sdk_calls() == 1 + 1
    assert stored(pending) == "half-way"


def test_a_completed_step_stores_the_new_token(pending: Visit) -> None:
    done = {"status": 200, "meta": {"is_authenticated": True, "session_token": "done"}}
    asked: list[Request] = []

    def finish(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(json=done, headers=CORS)

    pending.page.route("**/auth/2fa/authenticate", finish)
    url = "/_allauth/app/v1/auth/2fa/authenticate"
    assert status(pending, f"TTMinisAuth.fetch('{url}', {{method: 'POST'}})") == 200
    assert asked[0].headers["x-session-token"] == "half-way"
    assert stored(pending) == "done"


# --------------------------------------------------------------------- JWT

GET_JWT = "TTMinisAuth.fetch('/api/token/jwt/')"


@pytest.fixture
def jwt(hosted: Visit, settings: Any) -> Visit:
    """A hosted page of a project whose headless sessions come with JWTs."""
    strategy = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"
    settings.HEADLESS_TOKEN_STRATEGY = strategy
    settings.HEADLESS_JWT_ALGORITHM = "HS256"
    hosted.open("/")
    hosted.event("login")
    return hosted


def test_fetch_sends_the_access_token_to_the_project(jwt: Visit) -> None:
    with jwt.page.expect_request("**/api/token/jwt/") as asked:
        assert status(jwt, GET_JWT) == 200
    assert asked.value.headers["authorization"].startswith("Bearer ey")
    assert "x-session-token" not in asked.value.headers


def test_the_access_token_survives_a_reload(jwt: Visit) -> None:
    jwt.open("/")
    assert jwt.event("login")["changed"] is False
    assert status(jwt, GET_JWT) == 200
    assert Session.objects.count() == 1


def expire_access(visit: Visit) -> None:
    """Replace the access token by one that the server does not accept."""
    visit.page.evaluate("""() => {
      for (const [key, value] of Object.entries(sessionStorage)) {
        if (!key.includes(':token:')) continue;
        const record = JSON.parse(value);
        record.tokens.access = 'expired';
        sessionStorage[key] = JSON.stringify(record);
      }
    }""")
    visit.open("/?quiet")
    visit.ready()


def test_an_expired_access_token_is_refreshed_once_for_ten_requests(
    jwt: Visit, sent: list[Request]
) -> None:
    expire_access(jwt)
    sent.clear()
    jwt.refusals_expected = True
    ten = f"Promise.all(Array.from({{length: 10}}, () => {GET_JWT}))"
    statuses = jwt.page.evaluate(f"{ten}.then((all) => all.map((r) => r.status))")
    assert statuses == [200] * 10
    assert [each.url.rpartition("/v1/")[2] for each in sent] == ["tokens/refresh"]
    assert jwt.sdk_calls() == 0


def test_a_refused_refresh_starts_a_new_login(jwt: Visit, settings: Any) -> None:
    expire_access(jwt)
    before = session_key()
    session = Session.objects.get()
    content = session.get_decoded() | {"headless_refresh_tokens": {}}
    session.session_data = Session.objects.encode(content)
    session.save()
    jwt.refusals_expected = True
    assert status(jwt, GET_JWT) == 200
    assert jwt.sdk_calls() == 1
    assert stored(jwt) != before


def test_a_failed_refresh_returns_the_401(jwt: Visit) -> None:
    expire_access(jwt)
    broken = {"status": 500, "headers": CORS}
    jwt.page.route("**/tokens/refresh", lambda route: route.fulfill(**broken))
    jwt.refusals_expected = True
    assert status(jwt, GET_JWT) == 401
    assert stored(jwt) == session_key()


def test_a_logout_ends_the_session_of_the_access_token(jwt: Visit) -> None:
    jwt.refusals_expected = True
    call(jwt, "TTMinisAuth.logout()")
    assert not Session.objects.exists()
    assert status(jwt, GET_JWT) == 401


def test_json_web_tokens_are_not_visible_in_the_page(jwt: Visit) -> None:
    values = jwt.page.evaluate("Object.values(sessionStorage)")
    tokens = next(json.loads(each)["tokens"] for each in values if "tokens" in each)
    assert all(tokens.values())
    answer(jwt, GET_JWT)
    traces = jwt.page.evaluate(TRACES)
    assert [name for name, token in tokens.items() if token in traces] == []
