"""Each page of the package and of the example, as axe-core judges it."""

import pytest

from tests.axe import violations
from tests.example.conftest import DRAMA
from tests.example.test_admin import DESK, PHONE
from tests.example.test_admin import open_office as open_office  # a fixture
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
LOOKS = [("light", DESK), ("dark", PHONE)]


def ours(page):
    known = tuple(DJANGOS)
    return [each for each in violations(page) if not each.startswith(known)]


@pytest.fixture(params=LOOKS, ids=["light-desk", "dark-phone"])
def office(open_office, request):
    office = open_office(*request.param)
    yield office
    # Where the policy is strict, axe-core's own styles are complained of.
    office.complaints.clear()


def test_admin_can_be_used_by_everybody(office, people):
    mia, _ = people
    mia.remove_app("noah")
    broken = {}
    for path in IN_ADMIN:
        office.open(f"ttminis_auth/{path}")
        broken[path] = ours(office.page)
    office.open("ttminis_auth/webhookdelivery/")
    office.page.click("#result_list tbody a")
    office.page.wait_for_load_state()
    broken["delivery"] = ours(office.page)
    office.find("mia")
    broken["identity"] = ours(office.page)
    labels = office.page.locator(".ttminis-buttons > *").all_inner_texts()
    assert len(labels) > 5
    for label in labels:
        office.press(label)
        broken[label] = ours(office.page)
        office.page.go_back()

    assert {path: rules for path, rules in broken.items() if rules} == {}


def test_site_can_be_used_by_everybody(office):
    broken = {}
    for path in FOR_VISITORS:
        office.page.goto(office.demo.url + path)
        office.page.wait_for_load_state("networkidle")
        broken[path] = ours(office.page)
    office.page.context.clear_cookies()
    for path in FOR_NOBODY:
        office.page.goto(office.demo.url + path)
        broken[f"{path} for nobody"] = ours(office.page)

    assert {path: rules for path, rules in broken.items() if rules} == {}
