"""A user removes an app in TikTok while its pages are open."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.example.conftest import DRAMA, Visitor


def test_a_removal_ends_the_session(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    visitor.remove_app()
    assert visitor.get("/here/").json() == {"viewer": None}


def test_a_login_after_a_removal_is_of_the_same_user_with_one_notice(
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


def test_only_a_page_of_the_user_learns_of_the_removal(
    visitor: Visitor, new_visitor: Callable[[], Visitor]
) -> None:
    visitor.log_in_silently("mia")
    mia = visitor.viewer()
    visitor.remove_app()

    def removed_app(proof: str) -> Any:
        return new_visitor().get("/viewer/", params={"proof": proof}).json()["removed"]

    assert removed_app(mia["proof"]) == "Drama"
    assert (removed_app(""), removed_app(mia["id"])) == (None, None)


def test_a_removal_keeps_a_session_by_password_and_is_explained(
    visitor: Visitor,
) -> None:
    visitor.log_in_by_password()
    visitor.sign_in_to_tiktok("noah")
    visitor.send_code(visitor.new_code(DRAMA), DRAMA, "connect").raise_for_status()
    visitor.remove_app("noah")
    (account,) = visitor.get("/me/tokens/").json()["accounts"]
    assert account["why"].startswith("TikTok removed this app")
    assert visitor.viewer()["removed"] is None


@pytest.mark.parametrize("path", ["/here/", "/viewer/", "/me/tokens/", "/game/viewer/"])
def test_a_late_answer_does_not_delete_the_session_cookie(
    visitor: Visitor, path: str
) -> None:
    visitor.log_in_silently("mia")
    visitor.remove_app()
    assert "sessionid" not in visitor.get(path).headers.get("Set-Cookie", "")
