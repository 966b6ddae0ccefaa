"""How answers are judged: by content, whatever the status."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ttminis_auth.tiktok import (
    AccessTokenInvalid,
    InvalidClient,
    InvalidGrant,
    RateLimited,
    TikTokClient,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
)
from ttminis_auth.tiktok.answers import refuses_access_token, scrubbed
from ttminis_auth.tiktok.secret import Secret

from .conftest import CODE, SECRETS, TOKENS, Upstream, failure, texts_of

KINDS = {
    "access_denied": InvalidGrant,
    "access_token_invalid": AccessTokenInvalid,
    "internal_error": TikTokUnavailable,
    "invalid_client": InvalidClient,
    "invalid_grant": InvalidGrant,
    "invalid_params": TikTokRefused,
    "invalid_request": InvalidGrant,
    "invalid_scope": InvalidClient,
    "rate_limit_exceeded": RateLimited,
    "scope_not_authorized": TikTokRefused,
    "scope_permission_missed": TikTokRefused,
    "server_error": TikTokUnavailable,
    "temporarily_unavailable": TikTokUnavailable,
    "unauthorized_client": InvalidClient,
    "unsupported_grant_type": InvalidClient,
}


@pytest.fixture
def refusal(client: TikTokClient, upstream: Upstream) -> Refusal:
    return Refusal(client, upstream)


class Refusal:
    """Make TikTok answer, and hand out what the exchange ends in."""

    def __init__(self, client: TikTokClient, upstream: Upstream) -> None:
        self.client, self.upstream = client, upstream

    def __call__(self, body: object, status: int = 200, **headers: str) -> TikTokError:
        self.upstream.answers(body, status, **headers)
        return failure(lambda: self.client.exchange_code(CODE))


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", KINDS)
def test_error_string_decides_whatever_the_status(
    refusal: Refusal, code: str, status: int
) -> None:
    error = refusal({"error": code, "error_description": "Why", "log_id": "7"}, status)
    assert type(error) is KINDS[code]
    assert (error.code, error.description) == (code, "Why")
    assert (error.log_id, error.status) == ("7", status)


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", KINDS)
def test_error_object_decides_whatever_the_status(
    refusal: Refusal, code: str, status: int
) -> None:
    said = {"code": code, "message": "Why", "log_id": "7"}
    error = refusal({"error": said}, status)
    assert type(error) is KINDS[code]
    assert (error.code, error.description) == (code, "Why")
    assert (error.log_id, error.status) == ("7", status)


def test_error_beats_tokens_beside_it(refusal: Refusal) -> None:
    assert type(refusal(TOKENS | {"error": "invalid_grant"})) is InvalidGrant


@pytest.mark.parametrize("error", [None, "", {}, {"code": "ok"}, "ok"])
def test_error_that_says_nothing_is_none(
    client: TikTokClient, upstream: Upstream, error: object
) -> None:
    upstream.answers(TOKENS | {"error": error})
    assert client.exchange_code(CODE).open_id == "an-open-id"


@pytest.mark.parametrize("error", [7, True, ["x"], {"code": 7}, {"message": "Hm"}])
def test_error_without_a_code_is_unavailable(refusal: Refusal, error: object) -> None:
    refused = refusal(TOKENS | {"error": error})
    assert type(refused) is TikTokUnavailable
    assert refused.code is None
    assert refused.description == "an error without a code"


def test_unknown_oauth_error_is_unavailable(refusal: Refusal) -> None:
    error = refusal({"error": "moon_in_the_wrong_phase"})
    assert type(error) is TikTokUnavailable
    assert error.code == "moon_in_the_wrong_phase"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, TikTokRefused), (403, TikTokRefused), (500, TikTokUnavailable)],
)
def test_unknown_api_error_is_refused_unless_the_status_blames_tiktok(
    refusal: Refusal, status: int, kind: type[TikTokError]
) -> None:
    assert type(refusal({"error": {"code": "new"}}, status)) is kind


@pytest.mark.parametrize("error", ["new", {"code": "new"}, 7, None])
def test_429_without_a_known_error_is_a_rate_limit(
    refusal: Refusal, error: object
) -> None:
    assert type(refusal({"error": error}, 429)) is RateLimited


@pytest.mark.parametrize(
    ("header", "wait"),
    [("7", 7), ("0", 0), ("soon", None), ("-1", None), ("9" * 5000, None), ("", None)],
)
def test_wait_is_read_from_retry_after(
    refusal: Refusal, header: str, wait: int | None
) -> None:
    error = refusal(b"slow down", 429, Retry_After=header)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_rate_limit_without_a_wait_has_none(refusal: Refusal) -> None:
    error = refusal({"error": "rate_limit_exceeded"}, 400)
    assert isinstance(error, RateLimited)
    assert error.retry_after is None


@pytest.mark.parametrize("status", [200, 400, 500])
def test_tokens_count_whatever_the_status(
    client: TikTokClient, upstream: Upstream, status: int
) -> None:
    upstream.answers(TOKENS, status)
    assert client.exchange_code(CODE).open_id == "an-open-id"


NO_OBJECTS = {
    "empty": b"",
    "page": b"<html><title>502 Bad Gateway</title></html>",
    "truncated": json.dumps(TOKENS).encode()[:-9],
    "list": b"[]",
    "string": b'"act.an-access-token"',
    "deep": b'{"error":' + b"[" * 100_000,
    "not utf-8": b'{"open_id": "\xff"}',
    "utf-16": json.dumps(TOKENS).encode("utf-16"),
    "long number": b'{"expires_in": ' + b"9" * 9999 + b"}",
}


@pytest.mark.parametrize("status", [200, 400, 502])
@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
def test_answer_that_is_no_json_object_is_unavailable(
    refusal: Refusal, body: bytes, status: int
) -> None:
    error = refusal(body, status)
    assert type(error) is TikTokUnavailable
    assert error.status == status


@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS)
def test_broken_document_is_kept_nowhere(refusal: Refusal, body: bytes) -> None:
    error = refusal(body)
    assert (error.__cause__, error.__context__) == (None, None)


def test_missing_key_is_named_with_log_id_and_status(refusal: Refusal) -> None:
    error = refusal(TOKENS | {"open_id": ""}, 201, X_Tt_Logid="from the header")
    assert type(error) is TikTokUnavailable
    assert "open_id" in error.description
    assert (error.log_id, error.status) == ("from the header", 201)


def test_log_id_of_the_body_beats_that_of_the_header(refusal: Refusal) -> None:
    said = {"error": "invalid_grant", "log_id": "from the body"}
    assert refusal(said, X_Tt_Logid="header").log_id == "from the body"


def test_texts_of_other_types_are_ignored(refusal: Refusal) -> None:
    said = {"error": "invalid_grant", "error_description": ["x"], "log_id": 7}
    error = refusal(said)
    assert (error.description, error.log_id) == ("", None)


def test_echoed_code_is_hidden_everywhere(refusal: Refusal) -> None:
    said = {"error": CODE, "error_description": f"Bad {CODE}", "log_id": CODE}
    error = refusal(said)
    assert CODE not in texts_of(error)
    assert error.description == "Bad [hidden]"


def test_log_id_header_that_echoes_the_code_is_hidden(refusal: Refusal) -> None:
    assert refusal(b"", X_Tt_Logid=f"1{CODE}2").log_id == "1[hidden]2"


def test_code_sent_as_an_error_string_does_not_hide_the_error(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers({"error": "invalid_grant"})
    error = failure(lambda: client.exchange_code("invalid_grant"))
    assert error.code == "invalid_grant"


@pytest.mark.parametrize(
    "text",
    ["a b/c", "a%20b%2Fc", "a+b%2Fc", "a\0 b\n/c"],
    ids=["plain", "quoted", "form", "broken up"],
)
def test_secret_is_hidden_in_every_spelling(text: str) -> None:
    assert scrubbed(f"<{text}>", [Secret("a b/c"), Secret("")]) == "<[hidden]>"


@pytest.mark.parametrize("shorter", ["abc", "cde"])
def test_longer_of_two_secrets_is_hidden_whole(shorter: str) -> None:
    assert scrubbed("abcdef", [Secret(shorter), Secret("abcdef")]) == "[hidden]"


def test_nothing_is_hidden_without_secrets() -> None:
    assert scrubbed("as it is", [Secret("")]) == "as it is"


SENT = st.sampled_from([CODE, SECRETS[0]])
TEXT = st.one_of(st.text(max_size=40), SENT, st.builds("{} {}".format, st.text(), SENT))
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ERRORS = st.one_of(
    JUNK,
    st.sampled_from(sorted(KINDS)),
    st.fixed_dictionaries({"code": JUNK, "message": JUNK, "log_id": JUNK}),
)
# Tokens stand where TikTok puts them; junk, and what the client sent, may be anywhere.
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        key: JUNK | st.just(value)
        for key, value in TOKENS.items()
        if key != "token_type"
    }
    | {"error": ERRORS, "error_description": JUNK, "log_id": JUNK},
)
BODIES = st.one_of(
    st.binary(),
    PAYLOADS.map(lambda payload: json.dumps(payload).encode()),
    st.builds(
        lambda payload, end: json.dumps(payload).encode()[:end],
        PAYLOADS,
        st.integers(0, 90),
    ),
)


def grant_or_error(client: TikTokClient) -> str:
    try:
        grant = client.exchange_code(CODE)
        # A user whose name is the code is shown by that name.
        assume(grant.open_id not in SECRETS and not set(grant.scopes) & set(SECRETS))
        return repr(grant)
    except TikTokError as error:
        return texts_of(error).replace("\n", " ")


@given(body=BODIES, status=st.sampled_from([200, 400, 401, 429, 500]))
@example(body=b'{"expires_in": 1e999, "open_id": "\\ud800"}', status=200)
@example(body=b'{"open_id": "a", "access_token": "b", "scope": "c\\u0000"}', status=200)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_gives_a_grant_or_an_error_without_secrets(
    client: TikTokClient, upstream: Upstream, body: bytes, status: int
) -> None:
    upstream.answers(body, status)
    outcome = grant_or_error(client)
    assert not [secret for secret in SECRETS if secret in outcome]
    assert outcome.isprintable()


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        (b'{"error": {"code": "access_token_invalid"}}', True),
        (b'{"error": "access_token_invalid"}', True),
        (b'{"error": {"code": "scope_not_authorized"}}', False),
        (b'{"error": {"code": ["access_token_invalid"]}}', False),
        (b'{"error": {"code": "ok"}}', False),
        (b"{}", False),
        (b"<html>", False),
        (b"", False),
    ],
)
def test_refused_access_token_is_known_by_its_words(body, refused):
    assert refuses_access_token(body) is refused
