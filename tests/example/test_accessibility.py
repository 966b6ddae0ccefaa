"""Each page of the package and of the example passes axe-core."""

import pytest

from tests.axe import OF_A_LOOK, violations
from tests.example.conftest import DRAMA
from tests.example.test_admin import DESK, PHONE
from tests.example.test_admin import people as people  # a fixture
from tests.example.test_admin import shared_browser as shared_browser  # a fixture

pytestmark = pytest.mark.browser

IN_ADMIN = [
    "identity/",
    "identity/?q=unknown",
    "dailycount/",
    "linkingconflict/",
    "webhookdelivery/",
]
FOR_VISITORS = ["/", "/me/", "/board/", "/game/", "/tiktok/", "/accounts/3rdparty/"]
BUTTON = f"/accounts/ttminis/login/?client_key={DRAMA}"
ANONYMOUS = ["/accounts/login/", BUTTON, "/me/"]
# Violations of Django's own admin pages.
OF_DJANGO = {
    "label-title-only: #searchbar",
    "link-in-text-block: .breadcrumbs",
    'link-in-text-block: .small > a[href="?"]',
    'link-in-text-block: a[href="?"]',
    "scrollable-region-focusable: #grants-group",
    "empty-table-header: thead > tr > .original",
    "empty-table-header: th:nth-child(8)",
    "aria-input-field-name: .select2-selection",
    "aria-input-field-name: #select2-id_user-container",
}


@pytest.fixture
def admin_browser(shared_browser, demo):
    yield shared_browser
    shared_browser.page.goto("about:blank")
    # A strict policy reports axe-core's own styles.
    shared_browser.complaints.clear()


def ours(admin_browser):
    """Return the rules that our markup of the open page violates, in both themes."""
    admin_browser.look_like("light", DESK)
    broken = violations(admin_browser.page)
    admin_browser.look_like("dark", PHONE)
    broken += violations(admin_browser.page, OF_A_LOOK)
    return sorted({each for each in broken if not each.startswith(tuple(OF_DJANGO))})


def test_admin_pages_are_accessible(admin_browser, people):
    mia, _ = people
    mia.remove_app("noah")
    broken = {}
    for path in IN_ADMIN:
        admin_browser.open(f"ttminis_auth/{path}")
        broken[path] = ours(admin_browser)
    admin_browser.open("ttminis_auth/webhookdelivery/")
    admin_browser.page.click("#result_list tbody a")
    admin_browser.page.wait_for_load_state()
    broken["delivery"] = ours(admin_browser)
    admin_browser.open_identity("mia")
    broken["identity"] = ours(admin_browser)
    labels = admin_browser.page.locator(".ttminis-buttons > *").all_inner_texts()
    assert len(labels) > 5
    for label in labels:
        admin_browser.press(label)
        broken[label] = ours(admin_browser)
        admin_browser.page.go_back()

    assert {path: rules for path, rules in broken.items() if rules} == {}


def test_pages_of_the_site_are_accessible(admin_browser):
    broken = {}
    for path in FOR_VISITORS:
        admin_browser.page.goto(admin_browser.demo.url + path)
        admin_browser.page.wait_for_load_state("networkidle")
        broken[path] = ours(admin_browser)
    context = admin_browser.page.context
    cookies = context.cookies()
    context.clear_cookies()
    for path in ANONYMOUS:
        admin_browser.page.goto(admin_browser.demo.url + path)
        broken[f"{path} anonymous"] = ours(admin_browser)
    context.add_cookies(cookies)

    assert {path: rules for path, rules in broken.items() if rules} == {}
