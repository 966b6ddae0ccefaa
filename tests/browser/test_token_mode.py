"""A page that TikTok hosts: known by a token, on another origin than the server."""

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

from .conftest import CLIENT_KEY, Shelf, Visit

pytestmark = pytest.mark.browser

GET_NOTE = "TTMinisAuth.fetch('/api/token/note/')"
POST_NOTE = "TTMinisAuth.fetch('/api/token/note/', {method: 'POST', body: 'hello'})"
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
# What the browser still holds, wherever a page can put something.
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
    """What the browser sends to the server, preflights aside."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if "/_allauth/" in request.url or "/app/code/" in request.url:
            requests.append(request)

    hosted.page.on("request", note)
    return requests


@pytest.fixture
def abroad(hosted: Visit) -> list[Request]:
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
    """Return the token that this tab has kept, if any."""
    kept = visit.page.evaluate(
        "Object.entries(sessionStorage).filter(([key]) => key.includes(':token:'))"
    )
    assert all(CLIENT_KEY in key for key, _ in kept)
    return json.loads(kept[0][1])["tokens"]["session"] if kept else None


def session_key() -> str:
    """Return the key of the only session that the server knows."""
    return Session.objects.get().session_key


def users_of_sessions() -> list[str]:
    return [each.get_decoded()[USER_KEY] for each in Session.objects.all()]


# ------------------------------------------------------------------- login


def test_login_needs_no_cookie(page: Visit) -> None:
    assert page.event("login")["changed"] is True
    assert stored(page) == session_key()


def test_login_works_under_a_strict_policy(hosted: Visit, shelf: Shelf) -> None:
    sources = "script-src 'self' https://connect.tiktok-minis.com 'unsafe-inline'"
    policy = (
        f"default-src 'self'; {sources}; connect-src {shelf.api_base}; img-src data:"
    )
    shelf.headers["Content-Security-Policy"] = policy
    hosted.open("/")
    assert hosted.event("login")["changed"] is True


def test_reload_keeps_the_session(page: Visit) -> None:
    before = session_key()
    page.open("/")
    assert page.event("login")["changed"] is False
    assert session_key() == before


def test_reload_knows_the_last_user_before_the_server_answers(page: Visit) -> None:
    page.open("/?quiet")
    page.ready()
    user = get_user_model().objects.get()
    assert page.page.evaluate("TTMinisAuth.session.userId") == str(user.pk)
    assert answer(page, GET_NOTE)["user"] == user.pk
    assert page.sdk_calls() == 0


def test_switched_account_replaces_the_session_on_reload(
    page: Visit, tiktok: Any
) -> None:
    before = session_key()
    tiktok.sign_in("noah")
    page.open("/")
    detail = page.event("login")
    assert detail["changed"] is True
    assert users_of_sessions() == [str(detail["user"]["id"])]
    assert stored(page) == session_key() != before


def test_switched_account_replaces_the_session_when_the_page_shows_again(
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


def test_same_account_keeps_the_session_when_the_page_shows_again(page: Visit) -> None:
    before = session_key()
    page.page.evaluate("window.show()")
    assert page.event("login", count=2)["changed"] is False
    assert session_key() == before


def test_dead_token_is_dropped_for_a_new_code(page: Visit, sent: list[Request]) -> None:
    Session.objects.all().delete()
    sent.clear()
    page.refusals_expected = True
    page.open("/")
    assert page.event("login")["changed"] is False
    codes = [json.loads(each.post_data or "")["code"] for each in sent]
    assert len(set(codes)) == len(codes) == 2
    assert ["x-session-token" in each.headers for each in sent] == [True, False]
    assert stored(page) == session_key()


def test_endless_410_is_asked_twice_and_said(page: Visit) -> None:
    gone = {"status": 410, "json": {}, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**gone))
    page.refusals_expected = True
    page.open("/")
    assert (page.event("error")["code"], page.sdk_calls()) == ("network", 2)


def test_dead_token_does_not_ask_for_consent_twice(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    detail = call(page, "TTMinisAuth.authorize()")
    assert detail["ttminis"]["profile"]["display_name"] == "Mia"
    assert page.sdk_calls() == 1 + 1
    assert stored(page) == session_key()


def test_person_switches_by_a_button_of_the_page(page: Visit, tiktok: Any) -> None:
    code = tiktok.issue_code(CLIENT_KEY, "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", code
    )
    assert call(page, "TTMinisAuth.switchAccount()")["changed"] is True
    assert stored(page) == session_key()


def test_next_of_a_changed_account_is_a_page_of_the_bundle(
    hosted: Visit, shelf: Shelf
) -> None:
    hosted.open("/?next=/%3Farrived")
    hosted.page.wait_for_url(f"{shelf.origin}/?arrived")
    assert hosted.event("login")["changed"] is False


# ------------------------------------------------------------------ logout


def test_logout_ends_the_session_on_the_server(page: Visit) -> None:
    page.refusals_expected = True  # allauth confirms a logout with 401
    assert call(page, "TTMinisAuth.logout()") is None
    assert not Session.objects.exists()
    assert stored(page) is None
    assert page.page.evaluate("TTMinisAuth.session.userId") is None


@pytest.mark.parametrize("again", ["show", "reload"])
def test_logout_stays_out(page: Visit, again: str) -> None:
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


def test_person_who_acts_is_let_in_again(page: Visit) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    page.page.click("[data-ttminis=login]")
    assert page.event("login", count=2)["changed"] is True
    assert stored(page) == session_key()


def test_logout_that_the_server_refuses_is_said_and_forgets_the_token(
    page: Visit,
) -> None:
    page.refusals_expected = True
    broken = {"status": 500, "headers": {**CORS, "Access-Control-Allow-Methods": "*"}}
    page.page.route("**/auth/session", lambda route: route.fulfill(**broken))
    assert call(page, "TTMinisAuth.logout()") == "network"
    assert page.event_names() == ["login", "logout"]
    assert stored(page) is None


def test_marked_link_logs_out(page: Visit) -> None:
    page.refusals_expected = True
    page.page.click("[data-ttminis-logout]")
    page.event("logout")
    assert stored(page) is None
    # The page is logged out at once; the request to the server is still on its way.
    until(lambda: not Session.objects.exists())


def test_logout_in_one_tab_ends_the_session_of_the_other(page: Visit) -> None:
    page.refusals_expected = True
    mark = f"ttminis-auth:logged-out:{CLIENT_KEY}"
    page.page.evaluate("mark => localStorage.setItem(mark, '1 1')", mark)
    page.open("/")
    assert stored(page) is None
    # The page that is left may tell the server, or the one that comes.
    until(lambda: not Session.objects.exists())


def test_page_never_shows_who_left_in_another_tab(page: Visit) -> None:
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


def test_fetch_asks_the_server_as_the_user(page: Visit) -> None:
    user = get_user_model().objects.get()
    said = {"user": user.pk, "text": "hello", "cookies": []}
    assert answer(page, POST_NOTE) == said


def test_fetch_leaves_the_cookies_of_the_server_at_home(
    page: Visit, shelf: Shelf
) -> None:
    jar = page.page.context
    jar.add_cookies([{"name": "sessionid", "value": "x", "url": shelf.api_base}])
    wish = "{method: 'POST', body: '', credentials: 'include'}"
    said = answer(page, f"TTMinisAuth.fetch('/api/token/note/', {wish})")
    assert said["cookies"] == []
    jar.clear_cookies()


def test_fetch_takes_absolute_addresses_of_the_server(
    page: Visit, shelf: Shelf
) -> None:
    url = f"{shelf.api_base}/api/token/note/"
    assert status(page, f"TTMinisAuth.fetch(new Request('{url}'))") == 200


def test_fetch_reads_files_of_the_bundle_without_the_token(
    page: Visit, shelf: Shelf
) -> None:
    with page.page.expect_request(f"{shelf.origin}/episodes") as asked:
        assert status(page, "TTMinisAuth.fetch('episodes')") == 200
    assert "x-session-token" not in asked.value.headers


@pytest.mark.parametrize("scheme", ["https:", ""])
def test_third_origin_gets_no_token(
    scheme: str, page: Visit, abroad: list[Request]
) -> None:
    there = f"TTMinisAuth.fetch('{scheme}//elsewhere.example/', {{method: 'POST'}})"
    assert status(page, there) == 200
    assert "x-session-token" not in abroad[0].headers


@pytest.mark.parametrize("redirect", ["follow", "error"])
def test_redirect_does_not_carry_the_token_away(
    redirect: str, page: Visit, abroad: list[Request]
) -> None:
    page.refusals_expected = True
    wish = f"{{method: 'POST', redirect: '{redirect}'}}"
    assert status(page, f"TTMinisAuth.fetch('/api/bounce/', {wish})") == "TypeError"
    assert abroad == []
    page.noise.clear()


def test_redirect_is_not_followed_within_the_server_either(page: Visit) -> None:
    without_slash = "TTMinisAuth.fetch('/api/token/note')"
    assert status(page, without_slash) == "TypeError"
    page.noise.clear()


def test_redirect_can_be_looked_at(page: Visit, abroad: list[Request]) -> None:
    wish = "{method: 'POST', redirect: 'manual'}"
    bounce = f"TTMinisAuth.fetch('/api/bounce/', {wish}).then((r) => r.type)"
    assert page.page.evaluate(bounce) == "opaqueredirect"
    assert abroad == []


def test_fetch_waits_for_the_login_under_way(hosted: Visit) -> None:
    notes: list[Response] = []
    hosted.page.on("response", lambda r: "/note/" in r.url and notes.append(r))
    hosted.hold()
    hosted.open("/")
    hosted.until("Boolean(window.TTMinisAuth)")
    hosted.page.evaluate(f"() => {{ window.note = {POST_NOTE}; }}")
    hosted.release()
    assert status(hosted, "window.note") == 200
    assert [note.status for note in notes] == [200]


def test_write_that_waited_for_the_login_of_another_is_not_sent(
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
def test_ten_requests_that_meet_a_dead_session_cost_one_login(
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


def test_answer_that_comes_late_does_not_cost_another_login(page: Visit) -> None:
    held: list[Route] = []
    late = re.compile(r"/note/\?late$")
    page.page.route(late, lambda route: held.append(route), times=1)
    page.page.evaluate(
        "() => { window.late = TTMinisAuth.fetch('/api/token/note/?late'); }"
    )
    slow = page.caught(held)
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 200
    slow.continue_()
    assert status(page, "window.late") == 200
    assert page.sdk_calls() == 1 + 1


@pytest.mark.parametrize("code", [401, 403, 410])
def test_answer_to_a_living_session_stands(code: int, page: Visit) -> None:
    page.refusals_expected = True
    assert status(page, f"TTMinisAuth.fetch('/api/answer/{code}/')") == code
    assert page.sdk_calls() == 1


@pytest.mark.parametrize("outage", ["500", "abort"])
def test_answer_stands_while_allauth_cannot_be_asked(outage: str, page: Visit) -> None:
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


def test_answer_410_of_allauth_brings_a_new_session(page: Visit) -> None:
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, "TTMinisAuth.fetch('/_allauth/app/v1/auth/session')") == 200
    assert stored(page) == session_key()


def test_write_of_one_user_is_not_repeated_for_another(
    page: Visit, tiktok: Any
) -> None:
    stranger = tiktok.issue_code(CLIENT_KEY, "noah")
    page.page.evaluate(
        "code => { TTMinis.login = (options) => options.success({code}); }", stranger
    )
    Session.objects.all().delete()
    page.refusals_expected = True
    assert status(page, POST_NOTE) == 401
    assert page.event("login", count=2)["changed"] is True


def test_sessions_that_never_live_stop_asking_the_sdk(page: Visit) -> None:
    page.refusals_expected = True
    dead = {"status": 401, "json": {}, "headers": CORS}
    page.page.route("**/auth/session", lambda route: route.fulfill(**dead))
    for _ in range(5):
        assert status(page, "TTMinisAuth.fetch('/api/answer/401/')") == 401
    assert page.sdk_calls() == 1 + 3


def test_person_who_logged_out_is_not_brought_back(page: Visit) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    assert status(page, GET_NOTE) == 401
    assert page.sdk_calls() == 1


def test_deactivated_user_stays_out(page: Visit) -> None:
    get_user_model().objects.update(is_active=False)
    page.refusals_expected = True
    assert status(page, GET_NOTE) == 401
    assert page.event("error")["code"] == "user_inactive"


# ----------------------------------------------------------- what is kept


def test_token_leaves_no_trace_in_the_page(page: Visit) -> None:
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
    """A browser that throws wherever a page names its storage."""
    throw = "() => { throw new DOMException('blocked', 'SecurityError'); }"
    for area in ("localStorage", "sessionStorage"):
        hosted.page.add_init_script(
            f"Object.defineProperty(window, '{area}', {{get: {throw}}});"
        )
    return hosted


def test_blocked_storage_leaves_the_token_in_memory(blocked: Visit) -> None:
    blocked.open("/")
    blocked.event("login")
    assert status(blocked, POST_NOTE) == 200
    blocked.page.evaluate("window.show()")
    assert blocked.event("login", count=2)["changed"] is False
    assert Session.objects.count() == 1
    blocked.refusals_expected = True
    call(blocked, "TTMinisAuth.logout()")
    assert not Session.objects.exists()


def test_blocked_storage_does_not_send_the_page_round_in_circles(
    blocked: Visit,
) -> None:
    blocked.open("/?next=/%3Fnext=/")
    blocked.event("login")
    blocked.page.wait_for_timeout(300)
    assert blocked.page.url.endswith("/?next=/%3Fnext=/")


@pytest.mark.parametrize(
    "kept", ["{", "null", "7", '{"tokens": {"session": "a\\u0000"}}']
)
def test_spoilt_storage_is_as_good_as_empty(kept: str, page: Visit) -> None:
    spoil = "kept => Object.keys(sessionStorage).map((k) => sessionStorage[k] = kept)"
    page.page.evaluate(spoil, kept)
    page.open("/")
    assert page.event("login")["changed"] is True
    assert status(page, GET_NOTE) == 200


def test_bundle_for_another_server_does_not_take_the_token_there(
    page: Visit, shelf: Shelf, sent: list[Request]
) -> None:
    shelf.api_base = shelf.api_base.replace("localhost", "127.0.0.1")
    sent.clear()
    page.open("/")
    page.event("login")
    assert "x-session-token" not in sent[0].headers


# --------------------------------------------------------- a further step

STEP = {
    "status": 401,
    "data": {
        "flows": [{"id": "login"}, {"id": "mfa_authenticate", "is_pending": True}]
    },
    "meta": {"is_authenticated": False, "session_token": "half-way"},
}


@pytest.fixture
def halfway(page: Visit) -> Visit:
    """A page that met another account, whose user has to bring a second factor."""
    pending = {"status": 401, "json": STEP, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**pending))
    page.page.route("**/auth/session", lambda route: route.fulfill(**pending))
    page.refusals_expected = True
    page.page.evaluate("window.show()")
    page.event("error")
    return page


def test_pending_step_is_shown_and_its_token_stored(halfway: Visit) -> None:
    detail = halfway.event("error")
    assert detail["code"] == "pending"
    assert [flow["id"] for flow in detail["flows"]] == ["mfa_authenticate"]
    assert stored(halfway) == "half-way"
    assert halfway.page.evaluate("TTMinisAuth.session.userId") is None


@pytest.mark.parametrize("act", ["login", "authorize"])
def test_pending_step_of_an_act_ends_the_logout(page: Visit, act: str) -> None:
    page.refusals_expected = True
    call(page, "TTMinisAuth.logout()")
    pending = {"status": 401, "json": STEP, "headers": CORS}
    page.page.route("**/app/code/", lambda route: route.fulfill(**pending))
    assert call(page, f"TTMinisAuth.{act}()") == "pending"
    page.open("/?quiet")
    page.ready()
    assert stored(page) == "half-way"


def test_pending_step_is_not_thrown_away_by_a_401(halfway: Visit) -> None:
    assert status(halfway, GET_NOTE) == 401
    assert halfway.sdk_calls() == 1 + 1
    assert stored(halfway) == "half-way"


def test_step_that_is_taken_brings_the_token_to_go_on_with(halfway: Visit) -> None:
    done = {"status": 200, "meta": {"is_authenticated": True, "session_token": "done"}}
    asked: list[Request] = []

    def finish(route: Route) -> None:
        asked.append(route.request)
        route.fulfill(json=done, headers=CORS)

    halfway.page.route("**/auth/2fa/authenticate", finish)
    url = "/_allauth/app/v1/auth/2fa/authenticate"
    assert status(halfway, f"TTMinisAuth.fetch('{url}', {{method: 'POST'}})") == 200
    assert asked[0].headers["x-session-token"] == "half-way"
    assert stored(halfway) == "done"


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


def test_access_token_is_what_the_project_sees(jwt: Visit) -> None:
    with jwt.page.expect_request("**/api/token/jwt/") as asked:
        assert status(jwt, GET_JWT) == 200
    assert asked.value.headers["authorization"].startswith("Bearer ey")
    assert "x-session-token" not in asked.value.headers


def test_access_token_outlives_a_reload(jwt: Visit) -> None:
    jwt.open("/")
    assert jwt.event("login")["changed"] is False
    assert status(jwt, GET_JWT) == 200
    assert Session.objects.count() == 1


def expire_access(visit: Visit) -> None:
    """Put an access token in its place that the server does not take."""
    visit.page.evaluate("""() => {
      for (const [key, kept] of Object.entries(sessionStorage)) {
        if (!key.includes(':token:')) continue;
        const record = JSON.parse(kept);
        record.tokens.access = 'expired';
        sessionStorage[key] = JSON.stringify(record);
      }
    }""")
    visit.open("/?quiet")
    visit.ready()


def test_expired_access_token_is_refreshed_once_for_all(
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


def test_refused_refresh_means_a_new_login(jwt: Visit, settings: Any) -> None:
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


def test_refresh_that_fails_leaves_the_answer_as_it_is(jwt: Visit) -> None:
    expire_access(jwt)
    broken = {"status": 500, "headers": CORS}
    jwt.page.route("**/tokens/refresh", lambda route: route.fulfill(**broken))
    jwt.refusals_expected = True
    assert status(jwt, GET_JWT) == 401
    assert stored(jwt) == session_key()


def test_logout_ends_the_session_behind_the_access_token(jwt: Visit) -> None:
    jwt.refusals_expected = True
    call(jwt, "TTMinisAuth.logout()")
    assert not Session.objects.exists()
    assert status(jwt, GET_JWT) == 401


def test_jwt_leaves_no_trace_in_the_page(jwt: Visit) -> None:
    kept = jwt.page.evaluate("Object.values(sessionStorage)")
    tokens = next(json.loads(each)["tokens"] for each in kept if "tokens" in each)
    assert all(tokens.values())
    answer(jwt, GET_JWT)
    traces = jwt.page.evaluate(TRACES)
    assert [name for name, token in tokens.items() if token in traces] == []
