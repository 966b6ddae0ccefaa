"""The example in Chromium, on a phone's screen."""

import re
from typing import Any

import pytest

from tests.example.conftest import Demo
from tests.example.reading import LOGGED_OUT, name, sign_in_to_tiktok, status, watch
from tests.screenshots import take

pytestmark = pytest.mark.browser


def test_the_drama_page_logs_in_silently(page: Any, demo: Demo) -> None:
    page.goto(demo.url)
    assert name(page)


def test_progress_advances_while_an_episode_plays(page: Any, demo: Demo) -> None:
    page.goto(demo.url)
    name(page)
    page.click("[data-episode='3']")
    page.wait_for_function("() => document.querySelector('[data-bar]').value > 1.5")
    page.click("[data-toggle]")
    assert re.fullmatch(r"Resume 0:0\d", status(page, 3))


def test_a_reload_keeps_the_user_and_the_progress(page: Any, demo: Demo) -> None:
    page.goto(demo.url)
    before = name(page), watch(page, 1, 20)
    page.reload()
    assert (name(page), status(page, 1)) == before


def test_an_account_switched_in_tiktok_is_another_user(page: Any, demo: Demo) -> None:
    sign_in_to_tiktok(page, demo, "Mia")
    page.goto(demo.url)
    mia = name(page)
    place = watch(page, 2, 30)
    sign_in_to_tiktok(page, demo, "Noah")
    page.goto(demo.url)
    page.wait_for_function(
        "mia => document.querySelector('[data-name]').textContent !== mia", arg=mia
    )
    assert status(page, 2) != place


def test_a_logout_lasts_until_the_login_button_is_pressed(
    page: Any, demo: Demo
) -> None:
    page.goto(demo.url)
    before = name(page)
    page.click("[data-logout]")
    page.wait_for_selector(LOGGED_OUT)
    page.reload()
    page.click("[data-ttminis=login]")
    assert name(page) == before


def test_a_login_keeps_the_progress_of_an_anonymous_visitor(
    page: Any, demo: Demo
) -> None:
    page.goto(demo.url)
    name(page)
    page.click("[data-logout]")
    page.wait_for_selector(LOGGED_OUT)
    place = watch(page, 1, 33)
    page.click("[data-ttminis=login]")
    name(page)
    page.reload()
    assert status(page, 1) == place


def consent(page: Any) -> None:
    page.click("[data-ttminis=authorize]")
    page.click("button[value=allow]")
    page.wait_for_selector("[data-ttminis=authorize]", state="hidden")


def test_a_consent_shows_name_and_picture_after_a_reload(demo: Demo, page: Any) -> None:
    sign_in_to_tiktok(page, demo, "愛子")
    page.goto(demo.url)
    consent(page)
    page.reload()
    assert name(page) == "愛子 ✨"
    assert page.locator("[data-picture]").evaluate("img => img.naturalWidth") > 0
    assert page.is_hidden("[data-ttminis=authorize]")


def test_the_drama_page_shows_name_and_progress(demo: Demo, chromium: Any) -> None:
    sharp = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.75}
    with chromium.new_context(**sharp) as phone:
        page = phone.new_page()
        page.goto(demo.url)
        consent(page)
        watch(page, 1, 3600)
        watch(page, 2, 27)
        assert name(page) == "Mia"
        assert status(page, 2) == "Resume 0:27"
        page.evaluate("document.activeElement.blur()")
        take(page, "screenshot", full_page=True)


def test_a_picture_that_does_not_load_is_replaced_by_the_initial(
    demo: Demo, page: Any
) -> None:
    page.goto(demo.url)
    page.route("**/avatars/*", lambda route: route.fulfill(body="gone"))
    consent(page)
    page.wait_for_selector("[data-picture]", state="hidden")
    assert page.inner_text("[data-initial]:visible") == "M"


def test_a_refused_consent_changes_nothing(page: Any, demo: Demo) -> None:
    page.goto(demo.url)
    nickname = name(page)
    page.click("[data-ttminis=authorize]")
    page.click("button[value=refuse]")
    page.wait_for_selector("[data-ttminis=authorize][aria-busy=false]")
    assert name(page) == nickname
    assert page.is_hidden("[data-notice]")


def test_a_consent_in_the_game_merges_both_users(demo: Demo, page: Any) -> None:
    page.goto(demo.url)
    consent(page)
    place = watch(page, 2, 27)
    page.goto(f"{demo.url}/game/")
    page.click("[data-change-over]")
    page.wait_for_selector("[data-ttminis=authorize]")
    page.click("[data-question='1'] [value='1']")
    page.wait_for_selector("[data-stop='1'].is-punched")
    consent(page)
    page.wait_for_selector("text=Your two users have been merged.")
    assert page.is_visible("[data-stop='1'].is-punched")
    page.goto(demo.url)
    assert (name(page), status(page, 2)) == ("Mia", place)


def test_a_web_login_merges_with_the_user_of_the_drama(demo: Demo, page: Any) -> None:
    page.goto(demo.url)
    consent(page)
    place = watch(page, 1, 19)
    page.click("[data-logout]")
    page.wait_for_selector(LOGGED_OUT)
    page.goto(f"{demo.url}/accounts/login/")
    page.click("a:has-text('Web site')")
    page.click("button:has-text('Continue')")
    page.click("button[value=allow]")
    page.wait_for_selector("text=Your two users have been merged.")
    assert status(page, 1) == place


def test_the_admin_can_connect_tiktok_and_stays_the_same_user(
    demo: Demo, page: Any
) -> None:
    page.goto(f"{demo.url}/accounts/login/?next=/me/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", demo.password)
    page.click("main button")
    page.click("[data-ttminis=connect]")
    page.wait_for_selector(".accounts")
    page.goto(demo.url)
    assert name(page) == "admin"
