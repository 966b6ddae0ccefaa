"""Texts that stand for "none" are no open_id or union_id."""

from __future__ import annotations

import pytest

from ttminis_auth.tiktok import TikTokUnavailable, TokenGrant, UserInfo

from .conftest import TOKENS
from .test_webhook_event import event

PLACEHOLDERS = [
    " ",
    "   ",
    "0",
    "000",
    "0.0",
    "-",
    "--",
    "-1",
    " -1 ",
    "_",
    "null",
    "NULL",
    " null ",
    '"null"',
    "(null)",
    "<nil>",
    "None",
    "undefined",
    "Undefined",
    "NaN",
    "N/A",
    "unknown",
    "false",
    "true",
    "[]",
    "{}",
    "[object Object]",
    "00000000-0000-0000-0000-000000000000",
    "\uff10",  # a full-width zero
    "\uff4e\uff55\uff4c\uff4c",  # null, in full width
    "\u2800",  # a blank of Braille
    "\u3164",  # a filler of Hangul
    "\u2014",  # a long dash
]
IDS = [
    "x",
    "7",
    "10",
    "-1x",
    "-000 a_b",
    "0000000a",
    "nullable",
    "null-1",
    "723f24d7-e717-40f8-a2b6-cb8464cd23b4",
    "\u611b\u5b50",
    "x" * 191,
]


def user(**fields: object) -> UserInfo:
    return UserInfo.from_json({"open_id": "an-open-id"} | fields)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholder_is_no_union_id(text: str) -> None:
    assert user(union_id=text).union_id is None


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_token_for_a_placeholder_is_refused(text: str) -> None:
    with pytest.raises(TikTokUnavailable, match="open_id"):
        TokenGrant.from_json(TOKENS | {"open_id": text})


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_profile_of_a_placeholder_is_refused(text: str) -> None:
    with pytest.raises(TikTokUnavailable, match="open_id"):
        user(open_id=text)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_webhook_about_a_placeholder_names_no_identity(text: str) -> None:
    assert event(user_openid=text).user_openid is None


@pytest.mark.parametrize("text", IDS)
def test_id_that_only_resembles_a_placeholder_is_taken(text: str) -> None:
    assert user(open_id=text, union_id=text).open_id == text
    assert user(union_id=text).union_id == text


@pytest.mark.parametrize("text", ["null", "0", "unknown"])
def test_person_may_be_called_like_a_placeholder(text: str) -> None:
    named = user(username=text, display_name=text)

    assert (named.username, named.display_name) == (text, text)
