"""The session of a visitor, from one page to the next."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from playwright.sync_api import Route

from .conftest import CLIENT_KEY, Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def mia(visit: Visit) -> User:
    """Mia's user, who is logged in after her first visit."""
    visit.open()
    visit.event("login")
    return get_user_model().objects.get()


def log_in_with_password(visit: Visit) -> User:
    """Log in as a user without a TikTok account."""
    user = get_user_model().objects.create_user("editor", password="editor")
    visit.open("/accounts/login/?next=/stage/%3Fquiet")
    visit.page.fill("[name=login]", "editor")
    visit.page.fill("[name=password]", "editor")
    visit.page.press("[name=password]", "Enter")
    visit.page.wait_for_url("**/stage/?quiet")
    return user


def call(visit: Visit, expression: str) -> Any:
    """Return what the promise resolves to, or the code it is rejected with."""
    return visit.page.evaluate(f"{expression}.then((r) => r || null, (e) => e.code)")


def test_session_of_the_page_has_the_user(visit: Visit, mia: User) -> None:
    session = visit.page.evaluate("TTMinisAuth.session")
    assert session["userId"] == str(mia.pk)
    assert session["ttminis"]["client_key"] == CLIENT_KEY


def test_a_reload_keeps_the_user(visit: Visit, mia: User) -> None:
    visit.open()
    assert visit.who() == mia.username
    assert visit.event("login")["changed"] is False


def test_a_quiet_page_does_not_log_in(visit: Visit, tiktok: Any) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    assert visit.sdk_calls() == 0
    assert tiktok.requests == []


def test_a_connect_page_does_not_log_in(visit: Visit) -> None:
    visit.open("/stage/?process=connect")
    visit.ready()
    assert visit.sdk_calls() == 0


def test_a_switched_account_is_noticed_on_reload(
    visit: Visit, mia: User, tiktok: Any
) -> None:
    tiktok.sign_in("noah")
    visit.open()
    detail = visit.event("login")
    assert detail["changed"] is True
    assert detail["user"]["id"] != mia.pk


def test_a_switched_account_is_noticed_when_the_page_shows_again(
    visit: Visit, tiktok: Any
) -> None:
    handles = iter(["mia"])
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    visit.open()
    mia = visit.event("login")["user"]["id"]
    visit.page.evaluate("window.show()")
    noah = visit.event("login", count=2)
    assert noah["changed"] is True
    assert noah["user"]["id"] != mia


@pytest.mark.usefixtures("mia")
def test_a_logout_is_remembered_after_a_reload(visit: Visit) -> None:
    call(visit, "TTMinisAuth.logout()")
    visit.open()
    visit.ready()
    assert visit.who() == ""
    assert visit.event_names() == []


@pytest.mark.usefixtures("mia")
def test_a_logout_is_remembered_when_the_page_shows_again(visit: Visit) -> None:
    call(visit, "TTMinisAuth.logout()")
    visit.page.evaluate("window.show()")
    visit.page.wait_for_timeout(100)
    assert visit.event_names() == ["login", "logout"]


@pytest.mark.usefixtures("mia")
def test_a_logout_clears_the_session_of_the_page(visit: Visit) -> None:
    call(visit, "TTMinisAuth.logout()")
    assert visit.page.evaluate("TTMinisAuth.session.userId") is None


@pytest.mark.parametrize("way", ["#logout button", "#leave button", "#link", "#button"])
@pytest.mark.usefixtures("mia")
def test_a_logout_by_form_or_link_is_remembered(way: str, visit: Visit) -> None:
    visit.refusals_expected = True  # the test project has no start page
    visit.page.click(way)
    visit.page.wait_for_load_state()
    if way == "#button":
        visit.event("logout")
    visit.open()
    visit.ready()
    assert visit.sdk_calls() == 0


def test_a_logout_that_the_server_refuses_is_an_error(visit: Visit, mia: User) -> None:
    visit.refusals_expected = True
    visit.page.route("**/accounts/logout/", lambda route: route.fulfill(status=500))
    assert call(visit, "TTMinisAuth.logout()") == "network"
    assert visit.page.evaluate("TTMinisAuth.session.userId") == str(mia.pk)


@pytest.fixture
def stalling() -> Iterator[str]:
    """A server that begins an answer and never finishes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def answer() -> None:
            with suppress(OSError):
                taken.append(server.accept()[0])
                taken[0].recv(65536)
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                taken[0].sendall(head + b"Content-Length: 99\r\n\r\n{")

        thread = Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for each in taken:
            each.close()


def test_an_answer_that_stalls_is_a_network_error(visit: Visit, stalling: str) -> None:
    begun: list[Any] = []
    visit.page.clock.install()
    url = "**/login/code/"
    visit.page.route(url, lambda route: route.continue_(url=stalling), times=1)
    ours = lambda answer: answer.url == stalling and begun.append(answer)  # noqa: E731
    visit.page.on("response", ours)
    visit.open()
    visit.caught(begun)
    visit.page.clock.fast_forward("00:31")
    assert visit.event("error")["code"] == "network"
    assert call(visit, "TTMinisAuth.login()")["changed"] is True


def test_a_login_by_the_visitor_ends_an_earlier_logout(visit: Visit, mia: User) -> None:
    call(visit, "TTMinisAuth.logout()")
    call(visit, "TTMinisAuth.login()")
    visit.open()
    assert visit.event("login")["changed"] is False
    assert visit.who() == mia.username


@pytest.mark.usefixtures("mia")
def test_a_failed_login_does_not_end_an_earlier_logout(visit: Visit) -> None:
    call(visit, "TTMinisAuth.logout()")
    visit.use_sdk("throws")
    visit.open()
    assert call(visit, "TTMinisAuth.login()") == "sdk_failed"
    visit.use_sdk("usual")
    visit.open()
    visit.ready()
    assert visit.sdk_calls() == 0


def test_a_logout_is_remembered_on_the_page_without_storage(visit: Visit) -> None:
    blocked = "() => { throw new DOMException('blocked', 'SecurityError'); }"
    for area in ("localStorage", "sessionStorage"):
        visit.page.add_init_script(
            f"Object.defineProperty(window, '{area}', {{get: {blocked}}});"
        )
    visit.open()
    visit.event("login")
    call(visit, "TTMinisAuth.logout()")
    visit.page.evaluate("window.show()")
    visit.page.wait_for_timeout(100)
    assert visit.event_names() == ["login", "logout"]


def test_a_logout_cancels_a_silent_login_that_was_not_sent(
    visit: Visit, tiktok: Any
) -> None:
    visit.hold()
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.evaluate("() => { TTMinisAuth.logout(); }")
    visit.release()
    visit.event("logout")
    assert visit.event("error")["code"] == "cancelled"
    assert tiktok.requests == []


@pytest.mark.parametrize("method", ["login", "authorize"])
def test_a_login_that_ends_after_a_logout_does_not_undo_it(
    method: str, visit: Visit
) -> None:
    routes: list[Route] = []
    visit.page.route("**/login/code/", lambda route: routes.append(route), times=1)
    visit.open("/stage/?quiet")
    visit.page.evaluate(f"() => {{ TTMinisAuth.{method}().catch(() => null); }}")
    sent = visit.caught(routes)
    visit.page.evaluate("() => { TTMinisAuth.logout(); }")
    sent.continue_()
    visit.event("logout")
    visit.open()
    visit.ready()
    assert visit.sdk_calls() == 0


def test_a_logout_waits_for_a_running_login(visit: Visit) -> None:
    routes: list[Route] = []
    visit.page.route("**/login/code/", lambda route: routes.append(route), times=1)
    visit.open()
    sent = visit.caught(routes)
    visit.page.evaluate("() => { TTMinisAuth.logout(); }")
    sent.continue_()
    visit.event("logout")
    assert visit.event_names() == ["error", "logout"]
    visit.open("/stage/?quiet")
    assert visit.who() == ""


def test_parallel_login_calls_share_one_sdk_call(visit: Visit) -> None:
    visit.hold()
    visit.open()
    both = "Promise.all([TTMinisAuth.login(), TTMinisAuth.login()])"
    visit.page.evaluate(f"() => {{ window.both = {both}; }}")
    visit.release()
    assert visit.page.evaluate("both.then(([a, b]) => a.user.id === b.user.id)")
    assert visit.sdk_calls() == 1
    assert visit.event_names() == ["login"]


def test_connect_waits_for_a_running_login(visit: Visit) -> None:
    visit.hold()
    visit.open()
    visit.until("window.__sdkCalls > 0")
    visit.page.evaluate("() => { TTMinisAuth.connect(); window.__hold = false; }")
    assert visit.sdk_calls() == 1
    visit.release()
    assert visit.event("login", count=2)["changed"] is False


def test_a_rejected_code_is_replaced_once(visit: Visit, tiktok: Any) -> None:
    spent = visit.new_code()
    tiktok.expire_codes()
    codes = iter([spent])
    fresh = visit.new_code
    visit.new_code = lambda: next(codes, None) or fresh()
    visit.refusals_expected = True
    visit.open()
    assert visit.event("login")["changed"] is True
    assert visit.sdk_calls() == 2


def test_the_same_code_is_never_sent_twice(visit: Visit, tiktok: Any) -> None:
    spent = visit.new_code()
    tiktok.expire_codes()
    visit.new_code = lambda: spent
    visit.refusals_expected = True
    visit.open()
    assert visit.event("error")["code"] == "code_rejected"
    assert len(tiktok.requests) == 1


def test_a_login_is_not_repeated_while_tiktok_is_unavailable(
    visit: Visit, tiktok: Any
) -> None:
    tiktok.order_fault("html_502")
    visit.refusals_expected = True
    visit.open()
    detail = visit.event("error")
    assert (detail["code"], detail["status"]) == ("tiktok_unavailable", 503)
    assert visit.sdk_calls() == 1


def test_a_silent_login_does_not_end_the_session_of_another_user(visit: Visit) -> None:
    editor = log_in_with_password(visit)
    visit.refusals_expected = True
    visit.open()
    assert visit.event("error")["code"] == "account_mismatch"
    visit.open("/stage/?quiet")
    assert visit.who() == editor.username


def test_connect_adds_the_account_to_the_user(visit: Visit) -> None:
    editor = log_in_with_password(visit)
    visit.open("/stage/?process=connect")
    detail = call(visit, "TTMinisAuth.connect()")
    assert detail["user"]["id"] == editor.pk
    assert editor.socialaccount_set.count() == 1


def test_switch_ends_the_session_of_the_other_user(visit: Visit) -> None:
    editor = log_in_with_password(visit)
    visit.open("/stage/?quiet")
    detail = call(visit, "TTMinisAuth.switchAccount()")
    assert detail["changed"] is True
    assert detail["user"]["id"] != editor.pk


def test_a_changed_account_is_redirected_to_next(visit: Visit) -> None:
    visit.open("/stage/?next=/stage/%3Farrived")
    visit.page.wait_for_url("**/stage/?arrived")
    assert visit.who() == get_user_model().objects.get().username


@pytest.mark.usefixtures("mia")
def test_an_unchanged_account_is_not_redirected(visit: Visit) -> None:
    visit.open("/stage/?next=/stage/%3Farrived")
    visit.ready()
    visit.page.wait_for_timeout(200)
    assert "arrived" not in visit.page.url.partition("?next=")[0]


def test_a_next_of_another_site_is_refused(visit: Visit) -> None:
    visit.refusals_expected = True
    visit.open("/stage/?next=https://elsewhere.example/")
    assert visit.event("error")["code"] == "invalid_request"
    assert visit.page.url.startswith(visit.site)


@pytest.mark.parametrize("body", ["<h1>?</h1>", "{}", "null", '{"data": {}}'])
def test_a_malformed_answer_is_a_network_error(body: str, visit: Visit) -> None:
    visit.page.route("**/login/code/", lambda route: route.fulfill(body=body))
    visit.open()
    assert visit.event("error")["code"] == "network"


def test_an_unreachable_server_is_a_network_error(visit: Visit) -> None:
    visit.page.route("**/login/code/", lambda route: route.abort())
    visit.open()
    assert visit.event("error")["code"] == "network"
    assert visit.noise.pop().startswith("Failed to load resource: net::ERR_FAILED")


def pending(route: Any) -> None:
    route.fulfill(
        status=401,
        json={
            "status": 401,
            "data": {"flows": [{"id": "verify_email", "url": "/stage/?quiet&step"}]},
            "meta": {"is_authenticated": False},
        },
    )


def test_a_pending_step_is_reported_to_a_page_without_next(visit: Visit) -> None:
    visit.page.route("**/login/code/", pending)
    visit.refusals_expected = True
    visit.open()
    detail = visit.event("error")
    assert detail["code"] == "pending"
    assert detail["flows"][0]["id"] == "verify_email"


def test_a_login_by_button_redirects_to_the_pending_step(visit: Visit) -> None:
    visit.page.route("**/login/code/", pending)
    visit.refusals_expected = True
    visit.open("/stage/?quiet&next=/stage/")
    visit.page.click("[data-ttminis=login]")
    visit.page.wait_for_url("**/stage/?quiet&step")


def test_the_login_page_logs_in(visit: Visit) -> None:
    visit.open("/accounts/ttminis/login/?next=/stage/%3Fquiet")
    visit.page.click("[data-ttminis=login]")
    visit.page.wait_for_url("**/stage/?quiet")
    assert visit.who() == get_user_model().objects.get().username


def test_the_login_page_connects_a_logged_in_user(visit: Visit) -> None:
    editor = log_in_with_password(visit)
    visit.open("/accounts/ttminis/login/?process=connect&next=/stage/%3Fquiet")
    visit.page.click("[data-ttminis=connect]")
    visit.page.wait_for_url("**/stage/?quiet")
    assert editor.socialaccount_set.count() == 1
