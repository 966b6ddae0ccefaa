"""What a person reads on the example's pages, and does there."""

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


def watch(page: Any, episode: int, second: int) -> str:
    """Start an episode, jump to a second, pause; return what the board says."""
    page.click(f"[data-episode='{episode}']")
    page.evaluate(
        """second => {
            const bar = document.querySelector("[data-bar]");
            bar.value = second;
            bar.dispatchEvent(new Event("input"));
        }""",
        second,
    )
    with page.expect_response("**/progress/"):
        page.click("[data-toggle]")
    return status(page, episode)


def status(page: Any, episode: int) -> str:
    return str(page.inner_text(f"[data-episode='{episode}'] [data-status]"))
