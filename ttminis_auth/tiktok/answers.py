"""Judge an answer of TikTok by what it says, whatever its HTTP status.

The status of OAuth errors is not documented, and errors have been seen in a 200.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, quote_plus

from .errors import (
    MEANINGS,
    AccessTokenInvalid,
    RateLimited,
    TikTokError,
    TikTokRefused,
    TikTokUnavailable,
    without_controls,
)
from .secret import HIDDEN, Secret
from .types import Json, seconds

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer, complete.

    ``headers`` are looked up whatever the case of their names.
    ``secrets`` are those of the request: an error description may echo them.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    secrets: tuple[Secret, ...]

    def read(self, build: Callable[[Json], T]) -> T:
        """Return what ``build`` makes of the JSON object in the body.

        Raises TikTokRefused for a refusal, TikTokUnavailable for what is no answer.
        """
        payload = parsed(self.body)
        if payload is None:
            raise self._unusable("the answer is not a JSON object")
        self._refuse_errors(payload)
        try:
            return build(payload)
        except TikTokUnavailable as problem:
            reason = problem.description
        raise self._unusable(reason)

    def confirm(self) -> None:
        """Accept an answer whose whole content is that it is no error.

        Only the status distinguishes success from a stray page here, so it counts.
        Raises as ``read`` does.
        """
        if self.body.strip():
            self.read(lambda payload: payload)
        if not 200 <= self.status < 300:
            raise self._unusable("not confirmed")

    def _refuse_errors(self, payload: Json) -> None:
        error = payload.get("error")
        if not error:
            return
        if isinstance(error, dict):
            # The shape of the data API (tiktok-api-v2-error-handling): always
            # there, and "ok" where all is well.
            code, text, log_id = (error.get(k) for k in ("code", "message", "log_id"))
            unknown = TikTokUnavailable if self.status >= 500 else TikTokRefused
        else:
            # The shape of the OAuth endpoints (oauth-error-handling).
            code, text = error, payload.get("error_description")
            log_id, unknown = payload.get("log_id"), TikTokUnavailable
        if code != "ok":
            raise self._error(code, text, log_id, unknown)

    def _error(
        self, code: object, text: object, log_id: object, unknown: type[TikTokError]
    ) -> TikTokError:
        if not isinstance(code, str) or not code:
            return self._unusable("an error without a code")
        kind = MEANINGS.get(code, RateLimited if self.status == 429 else unknown)
        # TikTok's error words are no secret, even if a visitor sends one as a code.
        shown = code if code in MEANINGS else self._scrubbed(code)
        return self._made(kind, shown, self._scrubbed(text), self._scrubbed(log_id))

    def _unusable(self, reason: str) -> TikTokError:
        kind = RateLimited if self.status == 429 else TikTokUnavailable
        return self._made(kind, None, reason, "")

    def _made(
        self, kind: type[TikTokError], code: str | None, text: str, log_id: str
    ) -> TikTokError:
        log_id = log_id or self._scrubbed(self.headers.get("x-tt-logid"))
        if issubclass(kind, RateLimited):
            wait = seconds(self.headers.get("Retry-After"))
            return kind(code, text, log_id, self.status, retry_after=wait)
        return kind(code, text, log_id, self.status)

    def _scrubbed(self, text: object) -> str:
        return scrubbed(text, self.secrets) if isinstance(text, str) else ""


def refuses_access_token(body: bytes) -> bool:
    """Return whether any API's answer is that the access token is no good.

    By its words, not by its status: other refusals are a 401 as well.
    """
    error = (parsed(body) or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else error
    return isinstance(code, str) and MEANINGS.get(code) is AccessTokenInvalid


def parsed(body: bytes) -> Json | None:
    """Return the JSON object that the body holds, or None.

    The reason is dropped on purpose: both a decoding and a parsing error carry the
    whole document, so an error raised from one would take the tokens in it to
    whatever records exceptions. ValueError covers numbers of absurd length too.
    """
    try:
        # json.loads would guess at other encodings and let lone surrogates pass.
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def scrubbed(text: str, secrets: Iterable[Secret]) -> str:
    """Return the text as printable characters, with every secret taken out.

    Control characters go first, or one inside an echoed secret would hide it here
    and show it once the line is cleaned.
    """
    text = without_controls(text)
    spellings = {
        spelling
        for secret in filter(None, (each.reveal() for each in secrets))
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret))
    }
    # Longest first, or of a secret that begins like another one the end would show.
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    return text
