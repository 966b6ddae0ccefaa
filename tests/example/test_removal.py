"""A user removes an app in TikTok, while its pages are open."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.example.conftest import DRAMA, Visitor


def test_removal_ends_the_session(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    visitor.remove_app()
    assert visitor.get("/here/").json() == {"viewer": None}


def test_returning_viewer_is_the_same_user_and_is_greeted_once(
    visitor: Visitor,
) -> None:
    visitor.log_in_silently("mia")
    before = visitor.viewer()["id"]
    visitor.watch(1, 20, before)
    visitor.remove_app()
    visitor.log_in_silently("mia")
    back, later = visitor.viewer(), visitor.viewer()
    assert (back["id"], back["seen"]) == (before, {"1": 20})
    assert (back["removed"], later["removed"]) == ("Drama", None)


def test_only_the_page_that_showed_the_user_learns_of_the_removal(
    visitor: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    visitor.log_in_silently("mia")
    mia = visitor.viewer()
    visitor.remove_app()

    def app_of(proof: str) -> Any:
        return new_visitor().get("/viewer/", params={"proof": proof}).json()["removed"]

    assert app_of(mia["proof"]) == "Drama"
    assert (app_of(""), app_of(mia["id"])) == (None, None)


def test_password_session_goes_on_and_says_what_happened(visitor: Visitor) -> None:
    visitor.log_in_by_password()
    visitor.sign_in_to_tiktok("noah")
    visitor.send_code(visitor.new_code(DRAMA), DRAMA, "connect").raise_for_status()
    visitor.remove_app("noah")
    (account,) = visitor.get("/me/tokens/").json()["accounts"]
    assert account["why"].startswith("TikTok removed this app")
    assert visitor.viewer()["removed"] is None


@pytest.mark.parametrize("path", ["/here/", "/viewer/", "/me/tokens/", "/game/viewer/"])
def test_late_answer_leaves_the_cookie_of_the_next_login_alone(
    visitor: Visitor, path: str
) -> None:
    visitor.log_in_silently("mia")
    visitor.remove_app()
    assert "sessionid" not in visitor.get(path).headers.get("Set-Cookie", "")
