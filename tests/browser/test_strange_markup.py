"""An attacker's markup on a page, with any ids, names and data attributes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route

from .conftest import CLIENT_KEY, PageHost, Visit
from .test_session import call

pytestmark = pytest.mark.browser

ATTACKER = "https://attacker.example"
TAG = '<link rel="stylesheet"'
THEIRS = json.dumps(
    {
        "mode": "token",
        "silent": True,
        "clientKey": CLIENT_KEY,
        "apiBase": ATTACKER,
        **{f"{name}Url": f"{ATTACKER}/{name}" for name in ("login", "session")},
        "messages": {},
        "sdkTimeout": 10000,
    }
)
IN_A_DIV = f'<div id="ttminis-auth-config">{THEIRS}</div>'
IN_A_SCRIPT = (
    f'<script type="application/json" id="ttminis-auth-config">{THEIRS}</script>'
)
SHADOWS = [
    "addEventListener",
    "cookie",
    "currentScript",
    "dispatchEvent",
    "getElementById",
    "querySelector",
    "querySelectorAll",
    "readyState",
]
SHADOWED = "".join(f'<img name="{name}">' for name in SHADOWS)
GLOBALS = "".join(
    f'<form id="{name}"><input name="init"><input name="login"></form>'
    for name in (
        "TTMinis",
        "TTMinisAuth",
        "addEventListener",
        "dispatchEvent",
        "fetch",
        "getElementById",
        "location",
        "querySelector",
        "sessionStorage",
    )
)

XHTML = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Strict</title>
{tag}</head><body>
<button type="button" data-ttminis="login">Log in</button>
</body></html>
"""
SHADOW_ROOT = """() => {
  const root = document.body.appendChild(document.createElement('div'));
  root.id = 'host';
  root.attachShadow({mode: 'open'}).innerHTML =
    '<button type=button data-ttminis=login><b>Log in</b></button>' +
    '<button type=button data-ttminis-logout><b>Leave</b></button>';
}"""
FRAME = """async () => {
  const frame = document.createElement('iframe');
  frame.srcdoc = await (await fetch('/stage/')).text();
  document.body.append(frame);
}"""

Change = Callable[[str], str]


@pytest.fixture
def stolen(visit: Visit) -> list[Request]:
    """The requests that reach the attacker's server, which allows everything."""
    requests: list[Request] = []

    def take(route: Route) -> None:
        requests.append(route.request)
        allowed = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(
            body="{}", headers={**allowed, "Access-Control-Allow-Headers": "*"}
        )

    visit.page.route(f"{ATTACKER}/**", take)
    return requests


def rewrite(visit: Visit, change: Change) -> None:
    """Change the HTML of the site's pages on their way to the browser."""

    def serve(route: Route) -> None:
        if route.request.resource_type != "document":
            route.fallback()
            return
        response = route.fetch()
        route.fulfill(response=response, body=change(response.text()))

    # The last registered change is used.
    visit.page.route(f"{visit.site}/**", serve)


def rewrite_hosted(page_host: PageHost, change: Change) -> None:
    find = page_host.find

    def changed(address: str) -> tuple[bytes, str]:
        body, kind = find(address)
        if kind == "text/html":
            body = change(body.decode()).encode()
        return body, kind

    page_host.find = changed  # type: ignore[method-assign]


def press(visit: Visit, selector: str) -> None:
    """Press an element; Playwright's own click fails with shadowed names."""
    visit.page.evaluate(
        "(it) => HTMLElement.prototype.click.call(document.querySelector(it))", selector
    )


def in_front_of_the_tag(markup: str) -> Change:
    return lambda page: page.replace(TAG, markup + TAG, 1)


def at_the_end(markup: str) -> Change:
    return lambda page: page.replace("</body>", markup + "</body>", 1)


CHANGES = {
    "element": in_front_of_the_tag(IN_A_DIV),
    "script": in_front_of_the_tag(IN_A_SCRIPT),
    "shadow": in_front_of_the_tag(f"<img name=currentScript>{IN_A_SCRIPT}"),
    "svg": in_front_of_the_tag(f"<svg>{IN_A_SCRIPT}</svg>"),
    "behind": at_the_end(f'<base href="{ATTACKER}">{IN_A_DIV}{IN_A_SCRIPT}'),
}


def test_a_code_is_not_sent_to_a_url_in_an_attacker_s_markup(
    visit: Visit, stolen: list[Request]
) -> None:
    for name, change in CHANGES.items():
        rewrite(visit, change)
        visit.open()
        visit.event("login")
        assert stolen == [], name


def test_a_hosted_page_sends_no_code_to_a_url_in_an_attacker_s_markup(
    hosted: Visit, page_host: PageHost, stolen: list[Request]
) -> None:
    rewrite_hosted(page_host, in_front_of_the_tag(IN_A_SCRIPT + IN_A_DIV))
    hosted.open("/")
    assert hosted.event("login")["changed"] is True
    assert stolen == []


def test_a_script_before_the_tag_uses_the_configuration_of_the_tag(
    visit: Visit, stolen: list[Request]
) -> None:
    rewrite(visit, in_front_of_the_tag(IN_A_SCRIPT + IN_A_DIV))
    visit.open("/stage/?bundle")
    assert visit.event("login")["changed"] is True
    assert stolen == []


def test_a_page_without_the_tag_uses_no_configuration_of_an_attacker(
    visit: Visit, stolen: list[Request]
) -> None:
    rewrite(visit, at_the_end(f"{IN_A_SCRIPT}<script src=/never.js></script>"))
    visit.page.route("**/never.js", lambda route: route.fulfill(body=""))
    visit.open("/stage/?alone")
    visit.ready()
    assert call(visit, "TTMinisAuth.login()") == "not_configured"
    assert (visit.sdk_calls(), stolen) == (0, [])


def test_a_page_with_a_login_url_of_another_origin_is_not_configured(
    visit: Visit, stolen: list[Request]
) -> None:
    for theirs in (f"{ATTACKER}/", "//attacker.example/"):
        change = ('"loginUrl": "/', f'"loginUrl": "{theirs}')
        rewrite(visit, lambda page, change=change: page.replace(*change))
        visit.open()
        assert visit.event("error")["code"] == "not_configured"
        assert (visit.sdk_calls(), stolen) == (0, [])


def test_a_hosted_page_with_a_foreign_login_url_is_not_configured(
    hosted: Visit, page_host: PageHost, stolen: list[Request]
) -> None:
    ours, theirs = f'"loginUrl": "{page_host.api_base}', f'"loginUrl": "{ATTACKER}'
    rewrite_hosted(page_host, lambda page: page.replace(ours, theirs, 1))
    hosted.open("/")
    assert hosted.event("error")["code"] == "not_configured"
    assert (hosted.sdk_calls(), stolen) == (0, [])


def test_a_page_without_a_configuration_cannot_log_in(visit: Visit) -> None:
    visit.open("/stage/?alone")
    visit.ready()
    assert call(visit, "TTMinisAuth.login()") == "not_configured"
    assert call(visit, "TTMinisAuth.logout()") == "not_configured"
    assert visit.sdk_calls() == 0


def test_names_in_an_attacker_s_markup_shadow_no_function(visit: Visit) -> None:
    rewrite(visit, in_front_of_the_tag(SHADOWED + GLOBALS))
    visit.open()
    assert visit.event("login")["changed"] is True
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]
    note = "TTMinisAuth.fetch('/api/note/', {method: 'POST'}).then((r) => r.status)"
    assert visit.page.evaluate(note) == 200


def test_an_element_named_like_the_sdk_is_not_used_as_the_sdk(visit: Visit) -> None:
    frame = '<iframe name="TTMinis" src="https://attacker.example/"></iframe>'
    visit.use_sdk("missing")
    rewrite(visit, at_the_end(GLOBALS + frame))
    visit.page.route(f"{ATTACKER}/**", lambda route: route.fulfill(body="hello"))
    visit.page.add_init_script("Date.now = ((real) => () => real() * 1e3)(Date.now)")
    visit.open()
    assert visit.event("error")["code"] == "not_in_tiktok"


def test_an_attribute_in_an_attacker_s_markup_does_not_stop_init(visit: Visit) -> None:
    rewrite(visit, in_front_of_the_tag("<p data-ttminis-init=done>"))
    visit.open("/strict/")
    visit.event("login")
    assert visit.page.evaluate("window.__inits") == [CLIENT_KEY]


def test_form_fields_of_an_attacker_do_not_hide_a_logout(visit: Visit) -> None:
    names = ("action", "getAttribute", "matches", "method")
    fields = "".join(f'<input form="leave" name="{name}">' for name in names)
    rewrite(visit, at_the_end(fields))
    visit.open("/stage/?quiet")
    press(visit, "#leave button")
    visit.page.wait_for_url("**/leave/")
    visit.open()
    visit.ready()
    assert visit.event_names() == []


def test_only_a_button_starts_a_connect(visit: Visit) -> None:
    rewrite(visit, at_the_end("<a id=prize data-ttminis=connect>Win a prize</a>"))
    visit.open("/stage/?quiet")
    visit.page.click("#prize")
    visit.page.click("[data-ttminis=login]")
    visit.event("login")
    assert visit.sdk_calls() == 1


def test_a_click_on_a_form_with_shadowing_names_is_no_error(visit: Visit) -> None:
    fields = "<input name=closest><input name=matches><input name=getAttribute>"
    form = f"<form id=odd onsubmit='return false'>{fields}<button>Go</button></form>"
    rewrite(visit, at_the_end(form))
    visit.open("/stage/?quiet")
    press(visit, "#odd button")
    press(visit, "#odd")
    assert visit.noise == []


def test_a_base_element_of_an_attacker_does_not_redirect_requests(
    visit: Visit, stolen: list[Request]
) -> None:
    rewrite(visit, at_the_end(f'<base href="{ATTACKER}/">'))
    visit.open()
    visit.event("login")
    note = "TTMinisAuth.fetch('/api/note/', {method: 'POST'}).then((r) => r.status)"
    assert visit.page.evaluate(note) == 200
    visit.page.evaluate("TTMinisAuth.logout()")
    assert stolen == []


def test_an_xhtml_page_logs_in(visit: Visit) -> None:
    def serve(route: Route) -> None:
        page = route.fetch().text()
        tag = page[page.index(TAG) : page.index("</head>")]
        body = XHTML.replace("{tag}", tag)
        route.fulfill(body=body, content_type="application/xhtml+xml")

    visit.page.route("**/stage/?quiet", serve)
    visit.open("/stage/?quiet")
    visit.page.click("[data-ttminis=login]")
    visit.event("login")
    assert visit.page.evaluate("document.contentType") == "application/xhtml+xml"


def test_buttons_in_a_shadow_root_work(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.page.evaluate(SHADOW_ROOT)
    visit.page.click("#host [data-ttminis=login] b")
    visit.event("login")
    visit.page.click("#host [data-ttminis-logout] b")
    visit.event("logout")


def test_a_page_in_an_iframe_with_srcdoc_logs_in_and_writes(visit: Visit) -> None:
    visit.open("/stage/?quiet")
    visit.page.evaluate(FRAME)
    visit.until("frames[0].TTMinisAuth?.session.userId && frames[0].seen.length")
    assert visit.page.evaluate("frames[0].location.href") == "about:srcdoc"
    note = "TTMinisAuth.fetch('/api/note/', {method: 'POST'}).then((r) => r.status)"
    assert visit.page.evaluate(f"frames[0].{note}") == 200
