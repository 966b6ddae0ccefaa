from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttminis_auth.tiktok import TikTokUnavailable, TokenGrant, UserInfo
from ttminis_auth.tiktok.types import seconds

from .conftest import ACCESS, REFRESH, TOKENS

UNUSABLE: list[object] = [
    None,
    "",
    7,
    True,
    ["x"],
    {},
    "a\0b",
    "a\nb",
    "\ud800",
    "x" * 5000,
]
YEAR = 365 * 24 * 60 * 60


def grant(**changes: object) -> TokenGrant:
    return TokenGrant.from_json(TOKENS | changes)


def user(**fields: object) -> UserInfo:
    return UserInfo.from_json({"open_id": "an-open-id"} | fields)


def test_grant_hides_its_tokens() -> None:
    shown = repr(grant()) + str(grant())
    assert ACCESS not in shown
    assert REFRESH not in shown


def test_grant_ignores_unknown_keys() -> None:
    assert grant(token_type=7, captcha={"a": 1}) == grant()


@pytest.mark.parametrize("key", ["open_id", "access_token"])
@pytest.mark.parametrize("value", UNUSABLE)
def test_required_key_that_is_unusable_is_named(key: str, value: object) -> None:
    with pytest.raises(TikTokUnavailable) as raised:
        grant(**{key: value})
    assert str(raised.value) == f"{key} missing or not usable"


@pytest.mark.parametrize("key", ["open_id", "access_token"])
def test_required_key_that_is_missing_is_named(key: str) -> None:
    rest = {name: value for name, value in TOKENS.items() if name != key}
    with pytest.raises(TikTokUnavailable, match=key):
        TokenGrant.from_json(rest)


def test_access_token_must_fit_a_header() -> None:
    with pytest.raises(TikTokUnavailable, match="access_token"):
        grant(access_token="act.\u611b")


@pytest.mark.parametrize("open_id", ["x", "x" * 191, "\u611b\u5b50", "-000 a_b"])
def test_open_id_is_taken_as_it_is(open_id: str) -> None:
    assert grant(open_id=open_id).open_id == open_id


def test_open_id_that_fits_no_column_is_refused() -> None:
    with pytest.raises(TikTokUnavailable, match="open_id"):
        grant(open_id="x" * 192)


@pytest.mark.parametrize("value", UNUSABLE)
def test_unusable_refresh_token_is_none(value: object) -> None:
    assert grant(refresh_token=value).refresh_token is None


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        (None, ()),
        ("", ()),
        (" , ,", ()),
        ("b", ("b",)),
        ("b,a", ("a", "b")),
        ("b, a", ("a", "b")),
        ("b a", ("a", "b")),
        (",b,a,,b", ("a", "b")),
    ],
)
def test_scopes_are_sorted_and_unique(scope: object, scopes: tuple[str, ...]) -> None:
    assert grant(scope=scope).scopes == scopes


def test_scopes_of_500_characters_are_taken() -> None:
    assert grant(scope="x" * 500).scopes == ("x" * 500,)


@pytest.mark.parametrize("scope", ["x" * 501, "a\0", "a\nb", 7, ["a"], {}, False])
def test_unusable_scope_is_unavailable(scope: object) -> None:
    with pytest.raises(TikTokUnavailable, match="scope"):
        grant(scope=scope)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (7200, 7200),
        (7200.9, 7200),
        ("7200", 7200),
        ("7200.0", 7200),
        (10 * YEAR, 10 * YEAR),
        (11 * YEAR, None),
        (-1, None),
        (-0.5, None),
        ("-7200", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (10**400, None),
        ("9" * 5000, None),
        ("two hours", None),
        ("", None),
        (None, None),
        ([], None),
        ({}, None),
    ],
)
def test_span_is_whole_seconds_or_none(value: object, expected: int | None) -> None:
    assert seconds(value) == expected


@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans()))
def test_any_span_is_none_or_within_bounds(value: object) -> None:
    span = seconds(value)
    assert span is None or 0 <= span <= 11 * YEAR


def test_lifetimes_are_read_from_the_answer() -> None:
    given = grant(expires_in="86400", refresh_expires_in=31536000.0)
    assert (given.expires_in, given.refresh_expires_in) == (86400, 31536000)


def test_absent_lifetimes_are_none() -> None:
    given = grant(expires_in=None, refresh_expires_in=None)
    assert (given.expires_in, given.refresh_expires_in) == (None, None)


def test_profile_may_have_nothing_but_an_open_id() -> None:
    assert user() == UserInfo(
        open_id="an-open-id", union_id=None, display_name=None, avatar_url=None
    )


@pytest.mark.parametrize("value", UNUSABLE)
def test_profile_without_an_open_id_is_unavailable(value: object) -> None:
    with pytest.raises(TikTokUnavailable, match="open_id"):
        user(open_id=value)


@pytest.mark.parametrize("value", [*UNUSABLE, "x" * 192])
def test_unusable_union_id_is_none(value: object) -> None:
    assert user(union_id=value).union_id is None


def test_union_id_is_taken_as_it_is() -> None:
    assert user(union_id="a-union-id").union_id == "a-union-id"


@pytest.mark.parametrize(
    "name",
    ["Noah \u00dcnal", "\u611b\u5b50 \u2728", "\U0001f469\u200d\U0001f680", "<b>"],
)
def test_display_name_is_what_people_write(name: str) -> None:
    assert user(display_name=name).display_name == name


def test_display_name_loses_what_a_database_refuses() -> None:
    assert user(display_name="M\0i\ud800a\n").display_name == "Mia"


@pytest.mark.parametrize("value", [None, "", "\0", 7, True, [], {}])
def test_unusable_display_name_is_none(value: object) -> None:
    assert user(display_name=value).display_name is None


@pytest.mark.parametrize(
    "address",
    [
        "https://p19-sign.example.com/a.jpeg?x-expires=1&x-signature=a%3D",
        "http://127.0.0.1:8000/tiktok/mia.svg",
        "http://localhost/mia.svg",
    ],
)
def test_avatar_address_is_taken_as_it_is(address: str) -> None:
    assert user(avatar_url=address).avatar_url == address


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/a.jpeg",
        "http://localhost@example.com/",
        "http://127.0.0.1.example.com/",
        "javascript:alert(1)",
        "data:image/svg+xml,x",
        "//example.com/a.jpeg",
        "https://",
        "https:///a.jpeg",
        "https://[",
        "https://example.com/\n",
        "",
        None,
        7,
        ["https://example.com/"],
    ],
)
def test_avatar_address_that_is_not_safe_is_none(address: object) -> None:
    assert user(avatar_url=address).avatar_url is None


def test_web_sites_may_read_the_handle_and_its_page() -> None:
    info = user(username="mia", profile_deep_link="https://www.tiktok.com/@mia")
    assert info.username == "mia"
    assert info.profile_deep_link == "https://www.tiktok.com/@mia"


def test_page_of_a_handle_that_a_browser_would_run_is_dropped() -> None:
    assert user(profile_deep_link="javascript:alert(1)").profile_deep_link is None
