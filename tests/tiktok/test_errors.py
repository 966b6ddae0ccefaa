from __future__ import annotations

import pickle

import pytest

from ttminis_auth.tiktok import (
    InvalidGrant,
    RateLimited,
    TikTokError,
    TikTokUnavailable,
)


def test_error_reads_as_one_line() -> None:
    error = InvalidGrant("invalid_grant", "Code expired", "2026", 400)
    assert str(error) == "invalid_grant: Code expired (log_id=2026, status=400)"


def test_error_shows_only_what_is_known() -> None:
    assert str(TikTokUnavailable(description="no answer")) == "no answer"
    assert str(InvalidGrant("invalid_grant")) == "invalid_grant"


@pytest.mark.parametrize("part", ["code", "description", "log_id"])
def test_error_forges_no_log_line(part: str) -> None:
    error = TikTokError(**{part: "a\r\nERROR forged\x1b[2J\u2028\ud800"})  # type: ignore[arg-type]
    assert getattr(error, part) == "aERROR forged[2J"
    assert str(error).isprintable()


def test_long_texts_are_cut() -> None:
    error = TikTokError("c" * 999, "d" * 999, "l" * 999)
    assert [len(error.code or ""), len(error.description)] == [200, 200]
    assert len(error.log_id or "") == 200


def test_error_shows_trackers_all_that_it_knows() -> None:
    error = InvalidGrant("invalid_grant", "Code expired", "2026", 400)
    assert error.args == ("invalid_grant", "Code expired", "2026", 400)


def test_error_survives_pickling() -> None:
    limited = RateLimited("rate_limit_exceeded", "Wait", "1", 429, retry_after=7)
    copy = pickle.loads(pickle.dumps(limited))
    assert vars(copy) == vars(limited)
    assert str(copy) == str(limited)
