from collections.abc import Callable

import pytest

from tests.example.conftest import Visitor


def test_anonymous_progress_is_stored_in_the_session(visitor: Visitor) -> None:
    assert visitor.watch(1, 12.5, viewer=None).status_code == 204
    assert visitor.seen() == {"1": 12.5}


def test_anonymous_progress_is_moved_to_the_user_at_login(
    new_visitor: Callable[[], Visitor],
) -> None:
    visitor, elsewhere = new_visitor(), new_visitor()
    visitor.watch(2, 21, viewer=None)
    visitor.log_in_silently("noah")
    elsewhere.log_in_silently("noah")
    assert visitor.seen()["2"] == elsewhere.seen()["2"] == 21


def test_moved_progress_is_removed_from_the_session(visitor: Visitor) -> None:
    visitor.watch(1, 4, viewer=None)
    visitor.log_in_silently("mia")
    visitor.log_out()
    assert visitor.seen() == {}


def test_progress_never_goes_backwards(visitor: Visitor) -> None:
    visitor.log_in_silently("aiko")
    viewer = visitor.viewer()["id"]
    visitor.watch(3, 30, viewer)
    visitor.watch(3, 10, viewer)
    assert visitor.seen()["3"] == 30


def test_each_user_has_their_own_progress(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    visitor.watch(3, 44, visitor.viewer()["id"])
    visitor.log_in_silently("noah")
    assert "3" not in visitor.seen()


def test_a_progress_report_for_the_previous_user_is_refused(visitor: Visitor) -> None:
    visitor.log_in_silently("mia")
    mia = visitor.viewer()["id"]
    visitor.log_in_silently("aiko")
    assert visitor.watch(2, 45, mia).status_code == 409
    assert "2" not in visitor.seen()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"episode": 1, "seconds": 1}',
        b'{"viewer": null, "episode": 9, "seconds": 1}',
        b'{"viewer": null, "episode": [], "seconds": 1}',
        b'{"viewer": null, "episode": 1, "seconds": -1}',
        b'{"viewer": null, "episode": 1, "seconds": 41}',
        b'{"viewer": null, "episode": 1, "seconds": NaN}',
        b'{"viewer": null, "episode": 1, "seconds": null}',
    ],
)
def test_a_malformed_progress_report_is_refused(visitor: Visitor, body: bytes) -> None:
    assert visitor.post("/progress/", data=body).status_code == 400
    assert visitor.seen() == {}


def test_a_progress_report_needs_the_csrf_token(visitor: Visitor) -> None:
    visitor.cookies.clear()
    assert visitor.watch(1, 5, viewer=None).status_code == 403
