"""The way to TikTok: one pooled HTTP session for each process."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any

import requests
from allauth.socialaccount import app_settings
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from django.views.decorators.debug import sensitive_variables
from requests.adapters import HTTPAdapter

from ..conf import conf
from ..errors import (
    CodeRejected,
    LoginRefused,
    Misconfigured,
    TikTokNotReached,
    TokenRefused,
)
from ..tiktok import deadline
from ..tiktok.client import LONGEST_CALL, TikTokClient
from ..tiktok.errors import (
    InvalidClient,
    InvalidGrant,
    RateLimited,
    TikTokError,
    TikTokUnavailable,
)
from ..tiktok.secret import Secret
from ..tiktok.types import TokenGrant, UserInfo
from . import concurrent_calls
from .client_apps import is_blank

# As many as a busy process has threads; requests would keep 10 and drop the rest.
KEPT_CONNECTIONS = 32

logger = logging.getLogger("ttminis_auth")


class _Pool:
    """Keeps a session until the process, or what it was made from, changes.

    A session that a fork inherits shares its sockets with the parent, and two
    processes would read each other's answers: tokens of strangers. So each process
    makes its own.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._made_for: tuple[object, ...] | None = None
        self._session = requests.Session()

    def session(self) -> requests.Session:
        adapter = get_adapter()
        url, timeout = conf.TTMINIS_API_BASE_URL, app_settings.REQUESTS_TIMEOUT
        wanted = (os.getpid(), type(adapter), timeout, url)
        with self._lock:
            if self._made_for != wanted:
                self._session = _for_everybody(adapter.get_requests_session(), url)
                self._made_for = wanted
            return self._session


def _for_everybody(session: requests.Session, url: str) -> requests.Session:
    """Fit allauth's session, meant for one login, for all logins of the process."""
    # A cookie that TikTok sets for one person must not ride along with the next one.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Proxies and certificates come from the environment, which requests would read
    # through twice for each login.
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.cert, session.trust_env = found["cert"], False
    for prefix, transport in list(session.adapters.items()):
        # One that the project brought along, say for a proxy, stays as it is.
        if type(transport) is HTTPAdapter and not transport.max_retries.total:
            transport = HTTPAdapter(pool_maxsize=KEPT_CONNECTIONS)
            session.mount(prefix, transport)
        if isinstance(transport, HTTPAdapter):
            deadline.bind(transport)
    return session


_pool = _Pool()


def client_for(app: SocialApp) -> TikTokClient:
    """Return a client with this app's credentials, over the process's session.

    Raises Misconfigured for an app that has none. TikTok's answer would read as if the
    code were no good, and each visitor would pay for it with their rate limit.
    """
    if is_blank(app.client_id) or is_blank(app.secret):
        logger.error("The app %s has no client key or no secret", app.client_id)
        raise Misconfigured
    return TikTokClient(
        session=_pool.session(),
        base_url=conf.TTMINIS_API_BASE_URL,
        client_key=app.client_id,
        client_secret=Secret(app.secret),
        seconds=time_limit(),
    )


def time_limit() -> float:
    """Return how many seconds a call to TikTok may take, from beginning to end.

    That is ``SOCIALACCOUNT_REQUESTS_TIMEOUT``: requests takes it for each read alone.
    """
    timeout: object = app_settings.REQUESTS_TIMEOUT
    parts = timeout if isinstance(timeout, tuple) else (timeout,)
    if all(isinstance(part, int | float) for part in parts):
        return float(sum(parts))
    return LONGEST_CALL


@sensitive_variables()
@concurrent_calls.place()
def exchange(app: SocialApp, code: Secret, **web: Any) -> TokenGrant:
    """Turn a one-time code into a grant, in one request that is never repeated.

    A code of the web goes with its ``redirect_uri`` and its ``code_verifier``, if any.
    Raises CodeRejected, Misconfigured or TikTokNotReached. After a time-out the code
    may be spent all the same; a new silent login is cheaper than finding out.
    """
    # No retry here, and none in the session's transport unless the project put it
    # there: the second attempt would find the code spent by the first.
    try:
        return client_for(app).exchange_code(code, **web)
    except TikTokError as error:
        raise _refusal(error, app) from error


@sensitive_variables()
@concurrent_calls.place()
def user_info(app: SocialApp, access_token: Secret, fields: Sequence[str]) -> UserInfo:
    """Fetch the ``fields`` of the user that the token belongs to.

    Raises TokenRefused, Misconfigured or TikTokNotReached.
    """
    try:
        return client_for(app).user_info(access_token, fields)
    except (RateLimited, InvalidClient, TikTokUnavailable) as error:
        raise _refusal(error, app) from error
    except TikTokError as error:
        logger.warning("TikTok refused %s a profile: %s", app.client_id, error)
        raise TokenRefused from error


@sensitive_variables()
@concurrent_calls.place()
def refresh(app: SocialApp, refresh_token: Secret) -> TokenGrant | None:
    """Exchange a refresh token for a new pair; None once TikTok calls the grant over.

    Raises Misconfigured or TikTokNotReached. What TikTok refuses for another reason
    than the grant counts as not reached: nothing is given up for it.
    """
    try:
        return client_for(app).refresh(refresh_token)
    except TikTokError as error:
        if error.code == "invalid_grant":
            logger.info("TikTok ended a grant of %s: %s", app.client_id, error)
            return None
        if isinstance(error, InvalidClient):
            raise _refusal(error, app) from error
        raise _not_reached(error, app) from error


@sensitive_variables()
@concurrent_calls.place()
def revoke(app: SocialApp, access_token: Secret) -> None:
    """Take the app off the person's TikTok account; no error if it is off already.

    Raises Misconfigured or TikTokNotReached.
    """
    try:
        client_for(app).revoke(access_token)
    except (RateLimited, InvalidClient, TikTokUnavailable) as error:
        raise _refusal(error, app) from error
    except TikTokError as error:
        # TikTok documents no answer for a dead token. Whatever it says, there is no
        # more that this token could do.
        logger.info("Nothing to revoke for %s: %s", app.client_id, error)


def _refusal(error: TikTokError, app: SocialApp) -> LoginRefused:
    if isinstance(error, InvalidGrant):
        logger.info("TikTok rejected a code for %s: %s", app.client_id, error)
        return CodeRejected()
    if isinstance(error, InvalidClient):
        logger.error("TikTok refused the app %s itself: %s", app.client_id, error)
        return Misconfigured()
    return _not_reached(error, app)


def _not_reached(error: TikTokError, app: SocialApp) -> TikTokNotReached:
    logger.warning("TikTok gave %s no usable answer: %s", app.client_id, error)
    wait = error.retry_after if isinstance(error, RateLimited) else None
    return TikTokNotReached(retry_after=wait)
