"""Two apps of one developer: users are merged, and their rows are kept."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.example.conftest import DRAMA, GAME, Demo, Visitor


@pytest.fixture
def visitors(demo: Demo) -> Iterator[tuple[Visitor, Visitor]]:
    """Noah in the game, and in another browser, a little later, in the drama."""
    with ExitStack() as opened:
        gamer, watcher = (opened.enter_context(Visitor(demo)) for _ in range(2))
        for visitor, client_key in ((gamer, GAME), (watcher, DRAMA)):
            visitor.get("/").raise_for_status()
            visitor.log_in_silently("noah", client_key).raise_for_status()
        yield gamer, watcher


def test_two_apps_have_two_users_before_consent(
    visitors: tuple[Visitor, Visitor],
) -> None:
    gamer, watcher = visitors
    assert gamer.viewer()["id"] != watcher.viewer()["id"]


def test_consent_in_both_apps_moves_progress_to_one_user(
    visitors: tuple[Visitor, Visitor],
) -> None:
    gamer, watcher = visitors
    watcher.watch(2, 27, watcher.viewer()["id"]).raise_for_status()
    gamer.consent(GAME).raise_for_status()
    watcher.consent(DRAMA).raise_for_status()
    # The merge has ended the gamer's session. In TikTok, the page logs in by itself.
    gamer.log_in_silently("noah", GAME).raise_for_status()
    assert watcher.viewer()["id"] == gamer.viewer()["id"]
    assert gamer.seen() == watcher.seen() == {"2": 27}


def test_a_quiz_answer_for_another_user_is_refused(
    visitors: tuple[Visitor, Visitor],
) -> None:
    gamer, watcher = visitors
    body = {"viewer": watcher.viewer()["id"], "stop": 1, "answer": 1}
    assert gamer.post("/game/answer/", json=body).status_code == 409


def test_a_right_quiz_answer_punches_the_ticket(
    visitors: tuple[Visitor, Visitor],
) -> None:
    gamer, _ = visitors
    body = {"viewer": gamer.viewer()["id"], "stop": 3}
    gamer.post("/game/answer/", json={**body, "answer": 0})
    assert gamer.get("/game/viewer/").json()["punched"] == []
    gamer.post("/game/answer/", json={**body, "answer": 2})
    assert gamer.get("/game/viewer/").json()["punched"] == [3]
