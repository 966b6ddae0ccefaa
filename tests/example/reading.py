"""Helpers that read and use the example's pages in a browser."""

from typing import Any

from tests.example.conftest import Demo

LOGGED_IN = "[data-viewer][data-state=in]"
LOGGED_OUT = "[data-viewer][data-state=out]"


def name(page: Any) -> str:
    page.wait_for_selector(LOGGED_IN)
    return str(page.inner_text("[data-name]"))


def sign_in_to_tiktok(page: Any, demo: Demo, person: str) -> None:
    page.goto(f"{demo.url}/tiktok/")
    page.click(f"button:has-text('{person}')")


# In one call: a frame in between may report its own place.
START_JUMP_AND_PAUSE = """([episode, second]) => {
    document.querySelector(`[data-episode='${episode}']`).click();
    const bar = document.querySelector("[data-bar]");
    bar.value = second;
    bar.dispatchEvent(new Event("input"));
    document.querySelector("[data-toggle]").click();
}"""


def watch(page: Any, episode: int, second: int) -> str:
    """Start an episode, jump to a second, pause; return the episode's status."""
    with page.expect_response("**/progress/"):
        page.evaluate(START_JUMP_AND_PAUSE, [episode, second])
    return status(page, episode)


def status(page: Any, episode: int) -> str:
    return str(page.inner_text(f"[data-episode='{episode}'] [data-status]"))
