"""The ways to log in, and to consent, each as its user's browser goes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db.models import F

from ttminis_auth.models import Identity

from .browser import CODE_URL, Browser
from .settings import CLIENT_KEY

OPEN_ID = "user.info.open_id"
BASIC = "user.info.basic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to log in with a code, or with several in a row.

    Attributes:
        grants: for each code, the scopes that the user has granted when it is issued.
        person: the TikTok account of the codes; empty for a new one at each login.
        before: what is done before each login, and not measured.
    """

    name: str
    grants: tuple[tuple[str, ...], ...]
    log_in: Callable[..., None]
    person: str = "mia"
    before: Callable[[], object] = lambda: None


def _send_code(path: str) -> Callable[[Browser, str], None]:
    def log_in(browser: Browser, code: str) -> None:
        # The page's script names its app.
        body = json.dumps({"code": code, "client_key": CLIENT_KEY}).encode()
        browser.post(path, body, "application/json")

    return log_in


def _consent(browser: Browser, silent_code: str, code: str) -> None:
    """Log in silently, then consent to share the profile."""
    log_in_silently(browser, silent_code)
    body = json.dumps({"code": code, "process": "authorize"}).encode()
    answer = browser.post(CODE_URL, body, "application/json")
    # The session is no proof that a consent succeeded: it was there before.
    if not json.loads(answer.body)["data"]["ttminis"]["profile"]:
        raise RuntimeError("a consent without a profile")


def _be_redirected(away: str, back: str) -> Callable[[Browser, str], None]:
    def log_in(browser: Browser, code: str) -> None:
        """Go to TikTok and come back; what happens there is not ours to measure."""
        answer = browser.post(away, b"", "application/x-www-form-urlencoded")
        state = parse_qs(urlsplit(answer.location).query)["state"][0]
        browser.get(back, urlencode({"code": code, "state": state}))

    return log_in


def _log_in_twice(browser: Browser, *codes: str) -> None:
    for code in codes:
        log_in_silently(browser, code)


def _let_an_hour_pass() -> None:
    hour = timedelta(hours=1)
    Identity.objects.update(vouched_at=F("vouched_at") - hour)


log_in_silently = _send_code(CODE_URL)
by_allauth = _be_redirected(
    "/accounts/tiktok/login/", "/accounts/tiktok/login/callback/"
)
by_social_core = _be_redirected("/social/login/tiktok/", "/social/complete/tiktok/")
by_bare_view = _send_code("/bare/login/")

OURS = Way(name="ttminis_auth", grants=((OPEN_ID,),), log_in=log_in_silently)
LATER = Way(
    name="ttminis_auth, an hour later",
    grants=((OPEN_ID,),),
    log_in=log_in_silently,
    before=_let_an_hour_pass,
)
ALLAUTH = Way(name="allauth's tiktok", grants=((BASIC,),), log_in=by_allauth)
SOCIAL = Way(name="social-core", grants=((BASIC,),), log_in=by_social_core)
BARE = Way(name="bare view", grants=((OPEN_ID,),), log_in=by_bare_view)
CONTESTANTS = (OURS, LATER, ALLAUTH, SOCIAL, BARE)
FIRST = tuple(
    replace(way, name=f"{way.name}, first login", person="")
    for way in (OURS, ALLAUTH, SOCIAL, BARE)
)
# Other users, who leave the rows of the others as small as they were.
SAME = Way(
    name="ttminis_auth, same session",
    grants=((OPEN_ID,), (OPEN_ID,)),
    log_in=_log_in_twice,
)
CONSENT = Way(
    name="TTMinis.authorize",
    grants=((OPEN_ID,), (BASIC, OPEN_ID)),
    log_in=_consent,
    person="noah",
)
# Of these the last request is what is measured.
FOLLOWING = (SAME, CONSENT)
WAYS = (*CONTESTANTS, *FIRST, *FOLLOWING)
