"""What is sent, and what becomes of answers that are no HTTP worth the name."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
import requests

from tests.tokens.processes import eventually
from ttminis_auth.tiktok import (
    AccessTokenInvalid,
    InvalidGrant,
    RateLimited,
    TikTokClient,
    TikTokUnavailable,
)
from ttminis_auth.tiktok.secret import Secret

from .conftest import (
    ACCESS,
    CODE,
    KEY,
    OK,
    REFRESH,
    SECRET,
    SECRETS,
    TOKENS,
    Upstream,
    failure,
    texts_of,
)

APP = {"client_key": KEY, "client_secret": SECRET}
PROFILE = {"data": {"user": {"open_id": "an-open-id"}}, "error": OK}
MIB = 1024 * 1024


def test_code_is_exchanged_with_four_fields_and_no_other(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    code = {"code": CODE, "grant_type": "authorization_code"}
    assert [seen.fields for seen in upstream.seen] == [APP | code]


def test_code_of_the_web_goes_with_its_address_and_verifier(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    web = {"redirect_uri": "https://site.example/", "code_verifier": "a verifier"}
    client.exchange_code(CODE, **web)
    code = {"code": CODE, "grant_type": "authorization_code"}
    assert upstream.seen[0].fields == APP | code | web


def test_exchange_is_an_uncached_form_post(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    (seen,) = upstream.seen
    assert seen.line == "POST /v2/oauth/token/ HTTP/1.1"
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.headers["cache-control"] == "no-cache"


def test_exchange_returns_the_grant(client: TikTokClient, upstream: Upstream) -> None:
    upstream.answers(TOKENS)
    grant = client.exchange_code(CODE)
    assert (grant.open_id, grant.scopes) == ("an-open-id", ("user.info.open_id",))
    assert (grant.access_token, grant.refresh_token) == (
        Secret(ACCESS),
        Secret(REFRESH),
    )


def test_refresh_sends_the_refresh_token(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS | {"refresh_token": "rft.next"})
    assert client.refresh(REFRESH).refresh_token == Secret("rft.next")
    token = {"grant_type": "refresh_token", "refresh_token": REFRESH}
    assert upstream.seen[0].fields == APP | token
    assert upstream.seen[0].line.startswith("POST /v2/oauth/token/ ")


@pytest.mark.parametrize("body", [b"", b"{}", b" \n", b'{"error": ""}'])
def test_revoke_is_done_when_nothing_is_objected(
    client: TikTokClient, upstream: Upstream, body: bytes
) -> None:
    upstream.answers(body)
    client.revoke(ACCESS)
    assert upstream.seen[0].line.startswith("POST /v2/oauth/revoke/ ")
    assert upstream.seen[0].fields == APP | {"token": ACCESS}


def test_revoking_a_dead_token_is_refused(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers({"error": "invalid_grant"})
    assert type(failure(lambda: client.revoke(ACCESS))) is InvalidGrant


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_revoke_is_not_done_when_the_status_is_an_error(
    client: TikTokClient, upstream: Upstream, body: bytes
) -> None:
    upstream.answers(body, status=404)
    error = failure(lambda: client.revoke(ACCESS))
    assert type(error) is TikTokUnavailable
    assert error.description == "not confirmed"


def test_empty_429_to_a_revoke_is_a_rate_limit(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(status=429, Retry_After="7")
    error = failure(lambda: client.revoke(ACCESS))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


def test_user_info_is_asked_by_bearer_token(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(PROFILE)
    assert client.user_info(ACCESS, ["open_id", "union_id"]).open_id == "an-open-id"
    (seen,) = upstream.seen
    assert seen.line == "GET /v2/user/info/?fields=open_id,union_id HTTP/1.1"
    assert seen.headers["authorization"] == f"Bearer {ACCESS}"


@pytest.mark.parametrize("data", [None, [], {}, {"user": None}, {"user": []}])
def test_user_info_without_a_user_is_unavailable(
    client: TikTokClient, upstream: Upstream, data: object
) -> None:
    upstream.answers({"data": data, "error": OK})
    error = failure(lambda: client.user_info(ACCESS, ["open_id"]))
    assert type(error) is TikTokUnavailable
    assert error.description == "data.user missing or not usable"


def test_base_url_may_end_in_a_slash_and_have_a_path(
    session: requests.Session, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client = TikTokClient(
        session=session,
        base_url=upstream.url + "/small/",
        client_key=KEY,
        client_secret=SECRET,
    )
    client.exchange_code(CODE)
    assert upstream.seen[0].line == "POST /small/v2/oauth/token/ HTTP/1.1"


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of passwords that requests consults unasked."""
    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login me password private\n")
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
def test_netrc_does_not_replace_the_bearer_token(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(PROFILE)
    client.user_info(ACCESS, ["open_id"])
    assert upstream.seen[0].headers["authorization"] == f"Bearer {ACCESS}"


@pytest.mark.usefixtures("netrc")
def test_netrc_password_is_not_sent_with_a_form(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert "authorization" not in upstream.seen[0].headers


def test_one_connection_serves_all_calls(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    client.refresh(REFRESH)
    upstream.answers(PROFILE)
    client.user_info(ACCESS, ["open_id"])
    upstream.answers()
    client.revoke(ACCESS)
    assert (len(upstream.seen), upstream.connections) == (4, 1)


def test_refusals_keep_the_connection(client: TikTokClient, upstream: Upstream) -> None:
    for body, status in ((b"<html>", 502), (b'{"error": "invalid_grant"}', 400)):
        upstream.answers(body, status)
        failure(lambda: client.exchange_code(CODE))
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert (len(upstream.seen), upstream.connections) == (3, 1)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirect_is_not_followed(
    client: TikTokClient, upstream: Upstream, status: int
) -> None:
    upstream.answers(TOKENS, status, Location=f"{upstream.url}/elsewhere")
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert error.status == status
    assert error.description == "a redirect, which is not followed"
    assert len(upstream.seen) == 1


def test_redirect_to_nonsense_is_not_followed_either(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(b"", 302, Location="http://[half/an/address")
    error = failure(lambda: client.exchange_code(CODE))
    assert "redirect" in error.description


def test_endless_redirect_body_is_not_read(
    client: TikTokClient, upstream: Upstream
) -> None:
    head = b"HTTP/1.1 302 .\r\nLocation: /\r\nContent-Length: 999999999999\r\n\r\n"
    upstream.answers_raw(head)
    assert "redirect" in failure(lambda: client.exchange_code(CODE)).description


@pytest.mark.parametrize("as_list", [True, False])
def test_hooks_of_the_session_still_run(
    client: TikTokClient, upstream: Upstream, session: requests.Session, as_list: bool
) -> None:
    statuses: list[int] = []

    def hook(response: requests.Response, **_: object) -> None:
        statuses.append(response.status_code)

    session.hooks = {"response": [hook] if as_list else hook}
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert statuses == [200]


def test_session_without_any_hooks_will_do(
    client: TikTokClient, upstream: Upstream, session: requests.Session
) -> None:
    session.hooks = {}
    upstream.answers(TOKENS, 302)
    assert "redirect" in failure(lambda: client.exchange_code(CODE)).description


def test_answer_of_one_mebibyte_is_read(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(json.dumps(TOKENS).encode().ljust(MIB))
    assert client.exchange_code(CODE).open_id == "an-open-id"


def test_answer_over_one_mebibyte_is_refused(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(json.dumps(TOKENS).encode().ljust(MIB + 1), 500)
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert error.status == 500
    assert error.description == f"the answer is longer than {MIB} bytes"


def test_connection_of_a_refused_answer_is_closed(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(b" " * 9 * MIB)
    failure(lambda: client.exchange_code(CODE))
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert upstream.connections == 2


def test_silence_is_unavailable_after_the_session_s_timeout(
    client: TikTokClient, upstream: Upstream, session: requests.Session
) -> None:
    upstream.never_answers()
    session.request = functools.partial(session.request, timeout=0.2)  # type: ignore[method-assign]
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert isinstance(error.__cause__, requests.Timeout)
    # The client may lose its patience before a busy server has read what it asks.
    eventually(lambda: upstream.seen)
    assert len(upstream.seen) == 1


def test_closed_port_is_unavailable(session: requests.Session) -> None:
    client = TikTokClient(
        session=session,
        base_url="http://127.0.0.1:1",
        client_key=KEY,
        client_secret=SECRET,
    )
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert isinstance(error.__cause__, requests.ConnectionError)
    assert error.description == "no answer: ConnectionError"
    assert error.__cause__.request is None, "it holds the form, code and secret"


BROKEN = {
    "nothing": b"",
    "no status line": json.dumps(TOKENS).encode() + b"\r\n\r\n",
    "too short": b"HTTP/1.1 200 .\r\nContent-Length: 999\r\n\r\n{}",
    "no chunks": b"HTTP/1.1 200 .\r\nTransfer-Encoding: chunked\r\n\r\n"
    + json.dumps(TOKENS).encode()
    + b"\r\n\r\n",
    "not compressed": b"HTTP/1.1 200 .\r\nContent-Encoding: gzip\r\n\r\n"
    + json.dumps(TOKENS).encode(),
}


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, upstream: Upstream) -> None:
    upstream.answers_raw(BROKEN[request.param] + b" ")


@pytest.mark.usefixtures("broken")
def test_broken_http_is_unavailable(client: TikTokClient) -> None:
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable


@pytest.mark.usefixtures("broken")
def test_error_of_broken_http_has_no_secret(client: TikTokClient) -> None:
    error = failure(lambda: client.exchange_code(CODE))
    assert not [secret for secret in SECRETS if secret in texts_of(error)]


@pytest.mark.usefixtures("broken")
def test_broken_http_is_not_tried_again(
    client: TikTokClient, upstream: Upstream
) -> None:
    failure(lambda: client.exchange_code(CODE))
    assert len(upstream.seen) == 1


def test_connection_that_died_while_idle_costs_one_exchange_at_most(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    upstream.answers_raw(b"")
    failure(lambda: client.exchange_code("another"))
    assert [seen.fields["code"] for seen in upstream.seen] == [CODE, "another"]


@pytest.mark.parametrize("unsendable", ["act.\ud800", "act.\u611b", "act.\r\nHost: x"])
def test_token_that_fits_no_header_is_not_quoted(
    client: TikTokClient, upstream: Upstream, unsendable: str
) -> None:
    error = failure(lambda: client.user_info(unsendable, ["open_id"]))
    assert type(error) is TikTokUnavailable
    assert "act." not in texts_of(error)
    assert not upstream.seen


def test_code_that_fits_no_form_is_not_sent(
    client: TikTokClient, upstream: Upstream
) -> None:
    code = CODE + "\ud800"
    error = failure(lambda: client.exchange_code(code))
    assert CODE not in texts_of(error)
    assert error.description == "the request cannot be sent"
    assert not upstream.seen


def test_client_shows_no_secret(client: TikTokClient) -> None:
    assert SECRET not in repr(client)


def test_expired_token_is_refused_with_its_code(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers({"error": {"code": "access_token_invalid"}}, 401)
    error = failure(lambda: client.user_info(ACCESS, ["open_id"]))
    assert type(error) is AccessTokenInvalid
    assert (error.code, error.status) == ("access_token_invalid", 401)


def test_echoed_access_token_is_hidden(
    client: TikTokClient, upstream: Upstream
) -> None:
    said = {"code": "access_token_invalid", "message": f"{ACCESS} is dead"}
    upstream.answers({"error": said}, 401)
    error = failure(lambda: client.user_info(ACCESS, ["open_id"]))
    assert error.description == "[hidden] is dead"
