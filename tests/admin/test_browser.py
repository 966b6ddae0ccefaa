"""The JavaScript of the admin pages works in Chromium."""

import pytest
from django.conf import settings as django_settings

from tests.admin.pages import list_of
from tests.browser.conftest import _answered  # noqa: F401  a fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(chromium, live_server, admin_client, _answered):  # noqa: F811
    context = chromium.new_context(base_url=live_server.url)
    name = django_settings.SESSION_COOKIE_NAME
    cookie = {
        "name": name,
        "value": admin_client.cookies[name].value,
        "url": live_server.url,
    }
    context.add_cookies([cookie])
    yield context.new_page()
    context.close()


@pytest.fixture
def crowd(person):
    return [person(f"p{number}", grant=None) for number in range(4)]


def test_an_action_on_all_ticked_rows_runs_after_its_confirmation(page, crowd):
    page.goto(list_of("identity"))
    page.check("#action-toggle")
    page.select_option("select[name=action]", "end_sessions")
    page.click("button[name=index]")
    page.click("[name=confirmed]")
    page.wait_for_selector(".messagelist")

    assert page.inner_text(".messagelist") == "End sessions: 4 done."


def test_an_id_is_copied_where_the_browser_refuses_its_clipboard(page, person):
    person("mia")
    page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('refused'));"
        "addEventListener('copy', () => { window.copied = String(getSelection()) });"
    )
    page.goto(list_of("identity"))
    button = page.locator("[data-ttminis-copy]").first

    button.click()
    page.wait_for_selector(".ttminis-copied")

    assert page.evaluate("copied") == button.get_attribute("data-ttminis-copy")


def test_a_second_click_on_a_copy_button_keeps_its_label(page, person):
    person("mia")
    page.goto(list_of("identity"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-ttminis-copy]").first
    label = button.get_attribute("aria-label")

    button.click()
    page.wait_for_selector(".ttminis-copied")
    button.click()
    page.wait_for_selector(".ttminis-copied", state="detached")

    assert button.get_attribute("aria-label") == label
