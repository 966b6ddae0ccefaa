"""Each page of the package and of the example, as axe-core judges it."""

import pytest

from tests.axe import OF_A_LOOK, violations
from tests.example.conftest import DRAMA
from tests.example.test_admin import DESK, PHONE
from tests.example.test_admin import desk as desk  # a fixture
from tests.example.test_admin import people as people  # a fixture

pytestmark = pytest.mark.browser

IN_ADMIN = [
    "identity/",
    "identity/?q=nobody",
    "dailycount/",
    "linkingconflict/",
    "webhookdelivery/",
]
FOR_VISITORS = ["/", "/me/", "/board/", "/game/", "/tiktok/", "/accounts/3rdparty/"]
BUTTON = f"/accounts/ttminis/login/?client_key={DRAMA}"
FOR_NOBODY = ["/accounts/login/", BUTTON, "/me/"]
# What Django's admin writes itself, on its other pages, too.
DJANGOS = {
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
def office(desk, demo):
    yield desk
    desk.page.goto("about:blank")
    # Where the policy is strict, axe-core's own styles are complained of.
    desk.complaints.clear()


def ours(office):
    """Return which rules our markup breaks on the page that is open, in any look."""
    office.look_like("light", DESK)
    broken = violations(office.page)
    office.look_like("dark", PHONE)
    broken += violations(office.page, OF_A_LOOK)
    return sorted({each for each in broken if not each.startswith(tuple(DJANGOS))})


def test_admin_has_no_accessibility_faults(office, people):
    mia, _ = people
    mia.remove_app("noah")
    broken = {}
    for path in IN_ADMIN:
        office.open(f"ttminis_auth/{path}")
        broken[path] = ours(office)
    office.open("ttminis_auth/webhookdelivery/")
    office.page.click("#result_list tbody a")
    office.page.wait_for_load_state()
    broken["delivery"] = ours(office)
    office.open_identity("mia")
    broken["identity"] = ours(office)
    labels = office.page.locator(".ttminis-buttons > *").all_inner_texts()
    assert len(labels) > 5
    for label in labels:
        office.press(label)
        broken[label] = ours(office)
        office.page.go_back()

    assert {path: rules for path, rules in broken.items() if rules} == {}


def test_site_has_no_accessibility_faults(office):
    broken = {}
    for path in FOR_VISITORS:
        office.page.goto(office.demo.url + path)
        office.page.wait_for_load_state("networkidle")
        broken[path] = ours(office)
    context = office.page.context
    cookies = context.cookies()
    context.clear_cookies()
    for path in FOR_NOBODY:
        office.page.goto(office.demo.url + path)
        broken[f"{path} as anonymous"] = ours(office)
    context.add_cookies(cookies)

    assert {path: rules for path, rules in broken.items() if rules} == {}
