"""A page notices logins and logouts in another tab of the browser."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from playwright.sync_api import Route

from .conftest import CLIENT_KEY, Visit
from .test_session import log_in_with_password

pytestmark = pytest.mark.browser

NOTE = "TTMinisAuth.fetch('/api/note/', {method: 'POST', body: 'hello'})"


def fetched(visit: Visit) -> Any:
    """Return the status of a write, or the name of the error."""
    return visit.page.evaluate(f"{NOTE}.then((r) => r.status, (e) => e.name)")


def do_in_other_tab(visit: Visit, act: str) -> Any:
    """Evaluate a promise in a quiet page in another tab; return its result."""
    other = Visit(
        visit.page.context.new_page(),
        visit.site,
        new_code=visit.new_code,
        new_consent=visit.new_consent,
    )
    other.use_sdk("usual")
    other.open("/stage/?quiet")
    other.ready()
    outcome = other.page.evaluate(act)
    other.page.close()
    return outcome


def log_in_in_other_tab(visit: Visit) -> None:
    do_in_other_tab(visit, "TTMinisAuth.login()")


@pytest.fixture(params=["CSRF_COOKIE_HTTPONLY", "CSRF_USE_SESSIONS"])
def hidden_token(request: pytest.FixtureRequest, settings: Any) -> None:
    """Scripts cannot read the CSRF token."""
    setattr(settings, request.param, True)


def test_a_write_is_refused_after_an_account_switch_in_another_tab(
    visit: Visit, tiktok: Any
) -> None:
    handles = iter(["mia"])
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    visit.open()
    visit.event("login")
    do_in_other_tab(visit, "TTMinisAuth.switchAccount()")
    visit.refusals_expected = True

    assert fetched(visit) == 403
    assert visit.event("login", count=2)["changed"] is True


def test_a_write_works_after_a_login_of_the_same_user_in_another_tab(
    visit: Visit,
) -> None:
    visit.open()
    visit.event("login")
    Session.objects.all().delete()
    log_in_in_other_tab(visit)
    visit.refusals_expected = True

    assert fetched(visit) == 200


def test_a_write_that_waited_for_a_login_of_another_user_is_not_sent(
    visit: Visit, tiktok: Any
) -> None:
    handles = iter(["mia"])
    visit.new_code = lambda: tiktok.issue_code(CLIENT_KEY, next(handles, "noah"))
    routes: list[Route] = []
    visit.open()
    visit.event("login")
    visit.page.route("**/login/code/", lambda route: routes.append(route))
    visit.page.evaluate("window.show()")
    login = visit.caught(routes)
    visit.page.evaluate(
        f"() => {{ window.note = {NOTE}; window.note.catch(() => 0); }}"
    )

    login.continue_()

    code = visit.page.evaluate("window.note.then(() => 'sent', (e) => e.code)")
    assert code == "cancelled"
    assert visit.event("login", count=2)["changed"] is True


@pytest.mark.parametrize("hidden", [False, True])
def test_connect_is_refused_after_a_login_of_another_user_in_another_tab(
    visit: Visit, settings: Any, tiktok: Any, hidden: bool
) -> None:
    settings.CSRF_COOKIE_HTTPONLY = hidden
    log_in_with_password(visit)
    visit.ready()
    tiktok.sign_in("noah")
    do_in_other_tab(visit, "TTMinisAuth.logout()")
    do_in_other_tab(visit, "TTMinisAuth.login()")
    visit.refusals_expected = True

    visit.page.click("[data-ttminis=connect]")

    assert visit.event("error")["code"] == "csrf_failed"
    assert SocialAccount.objects.count() == 1


@pytest.mark.usefixtures("hidden_token")
def test_login_in_another_tab_does_not_stop_a_logout(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    log_in_in_other_tab(visit)
    visit.refusals_expected = True

    visit.page.evaluate("TTMinisAuth.logout()")

    visit.open("/stage/?quiet")
    assert visit.who() == ""


def test_an_invalid_csrf_cookie_is_ignored(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    visit.page.evaluate("document.cookie = 'csrftoken=\u4e2d; path=/'")
    visit.refusals_expected = True

    visit.page.click("[data-ttminis=login]")

    visit.event("login")


def test_login_in_another_tab_does_not_stop_a_write(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    log_in_in_other_tab(visit)

    assert fetched(visit) == 200


@pytest.mark.usefixtures("hidden_token")
def test_login_in_another_tab_does_not_stop_a_login(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.ready()
    log_in_in_other_tab(visit)
    visit.refusals_expected = True

    visit.page.click("[data-ttminis=login]")

    visit.event("login")
    assert (visit.sdk_calls(), visit.event_names()) == (1, ["login"])


def test_a_browser_without_a_csrf_cookie_gets_an_explanation(
    visit: Visit, settings: Any
) -> None:
    settings.CSRF_COOKIE_DOMAIN = "elsewhere.example"
    visit.open("/stage/?quiet")
    visit.ready()
    visit.refusals_expected = True

    visit.page.click("[data-ttminis=login]")

    assert visit.event("error")["code"] == "csrf_failed"
    assert "cookies" in visit.page.inner_text("[data-ttminis=login] + [role=status]")
