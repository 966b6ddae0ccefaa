"""The ways to log in, and to consent, each as its user's browser goes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from .browser import Browser

OPEN_ID = "user.info.open_id"
BASIC = "user.info.basic"
CODE_URL = "/accounts/ttminis/login/code/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to log in with a code, or with several in a row.

    Attributes:
        grants: for each code, the scopes that the person has granted when it is issued.
        person: whose codes they are.
    """

    name: str
    grants: tuple[tuple[str, ...], ...]
    log_in: Callable[..., None]
    person: str = "mia"


def _send_code(path: str) -> Callable[[Browser, str], None]:
    def log_in(browser: Browser, code: str) -> None:
        body = json.dumps({"code": code}).encode()
        browser.post(path, body, "application/json")

    return log_in


def _consent(browser: Browser, silent_code: str, code: str) -> None:
    """Come silently, as everybody does, then agree to share the profile."""
    log_in_silently(browser, silent_code)
    body = json.dumps({"code": code, "process": "authorize"}).encode()
    answer = browser.post(CODE_URL, body, "application/json")
    # The session is no proof that a consent succeeded: it was there before.
    if not json.loads(answer.body)["data"]["ttminis"]["profile"]:
        raise RuntimeError("a consent without a profile")


def _be_redirected(browser: Browser, code: str) -> None:
    """Go to TikTok and come back; what happens there is not ours to measure."""
    away = browser.post(
        "/accounts/tiktok/login/", b"", "application/x-www-form-urlencoded"
    )
    state = parse_qs(urlsplit(away.location).query)["state"][0]
    query = urlencode({"code": code, "state": state})
    browser.get("/accounts/tiktok/login/callback/", query)


log_in_silently = _send_code(CODE_URL)

OURS = Way(name="ttminis_auth", grants=((OPEN_ID,),), log_in=log_in_silently)
ALLAUTH = Way(name="allauth's tiktok", grants=((BASIC,),), log_in=_be_redirected)
BARE = Way(name="bare view", grants=((OPEN_ID,),), log_in=_send_code("/bare/login/"))
# Somebody else, who leaves the rows of the others as small as they were.
CONSENT = Way(
    name="TTMinis.authorize",
    grants=((OPEN_ID,), (BASIC, OPEN_ID)),
    log_in=_consent,
    person="noah",
)
WAYS = (OURS, ALLAUTH, BARE, CONSENT)
