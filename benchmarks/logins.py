"""The three ways to log in, each as its user's browser goes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from .browser import Browser

OPEN_ID = "user.info.open_id"
BASIC = "user.info.basic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to log in with a code.

    Attributes:
        scope: what the person has granted when the code is issued.
    """

    name: str
    scope: str
    log_in: Callable[[Browser, str], None]


def _send_code(path: str) -> Callable[[Browser, str], None]:
    def log_in(browser: Browser, code: str) -> None:
        body = json.dumps({"code": code}).encode()
        browser.post(path, body, "application/json")

    return log_in


def _be_redirected(browser: Browser, code: str) -> None:
    """Go to TikTok and come back; what happens there is not ours to measure."""
    away = browser.post(
        "/accounts/tiktok/login/", b"", "application/x-www-form-urlencoded"
    )
    state = parse_qs(urlsplit(away.location).query)["state"][0]
    query = urlencode({"code": code, "state": state})
    browser.get("/accounts/tiktok/login/callback/", query)


OURS = Way(
    name="ttminis_auth",
    scope=OPEN_ID,
    log_in=_send_code("/accounts/ttminis/login/code/"),
)
ALLAUTH = Way(name="allauth's tiktok", scope=BASIC, log_in=_be_redirected)
BARE = Way(name="bare view", scope=OPEN_ID, log_in=_send_code("/bare/login/"))
WAYS = (OURS, ALLAUTH, BARE)
