"""No answer is unpacked, because 260 bytes can unfold to gigabytes."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from ttminis_auth.tiktok import TikTokClient, TikTokUnavailable

from .conftest import CODE, TOKENS, Upstream, failure

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """64 MiB of blanks, packed three times over."""
    packed = b" " * 64 * MIB
    for _ in range(3):
        packed = gzip.compress(packed)
    return packed


def test_answer_is_asked_for_uncompressed(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert upstream.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "coding",
    ["gzip", "deflate", "br", "zstd", "x-gzip", "GZIP", " gzip ", "identity, gzip"],
)
def test_compressed_answer_is_refused(
    client: TikTokClient, upstream: Upstream, coding: str
) -> None:
    upstream.answers(gzip.compress(b"{}"), 418, Content_Encoding=coding)
    error = failure(lambda: client.exchange_code(CODE))
    assert type(error) is TikTokUnavailable
    assert (error.description, error.status) == ("the answer is compressed", 418)


def test_good_answer_that_is_compressed_is_refused_too(
    client: TikTokClient, upstream: Upstream
) -> None:
    body = gzip.compress(json.dumps(TOKENS).encode())
    upstream.answers(body, Content_Encoding="gzip")
    assert "compressed" in failure(lambda: client.exchange_code(CODE)).description


def test_bomb_is_not_unpacked(
    client: TikTokClient, upstream: Upstream, bomb: bytes
) -> None:
    upstream.answers(bomb, Content_Encoding="gzip, gzip, gzip")
    tracemalloc.start()
    try:
        failure(lambda: client.exchange_code(CODE))
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_coding_in_two_headers_is_refused(
    client: TikTokClient, upstream: Upstream, bomb: bytes
) -> None:
    twice = b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n"
    upstream.answers_raw(b"HTTP/1.1 200 .\r\n" + twice + b"\r\n" + bomb)
    assert "compressed" in failure(lambda: client.exchange_code(CODE)).description


def test_packed_chunks_are_not_unpacked(
    client: TikTokClient, upstream: Upstream
) -> None:
    head = b"HTTP/1.1 200 .\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
    body = zlib.compress(b"{}")
    upstream.answers_raw(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    error = failure(lambda: client.exchange_code(CODE))
    assert error.description == "the answer is not a JSON object"


@pytest.mark.parametrize("coding", ["identity", "Identity", " identity "])
def test_answer_that_is_called_uncompressed_is_read(
    client: TikTokClient, upstream: Upstream, coding: str
) -> None:
    upstream.answers(TOKENS, Content_Encoding=coding)
    assert client.exchange_code(CODE).open_id == "an-open-id"


def test_connection_of_a_compressed_answer_is_closed(
    client: TikTokClient, upstream: Upstream
) -> None:
    upstream.answers(gzip.compress(b"{}"), Content_Encoding="gzip")
    failure(lambda: client.exchange_code(CODE))
    upstream.answers(TOKENS)
    client.exchange_code(CODE)
    assert upstream.connections == 2
