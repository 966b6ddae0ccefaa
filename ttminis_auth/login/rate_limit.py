"""Limit how many rejected codes one address may send.

Each code that is checked costs a request to TikTok with the site's credentials. An
attacker who sends bad codes makes the site look like an attacker there. Good codes are
not counted:
mobile carriers put thousands of people behind one address.

Only TikTok knows whether a code is good. So an address that has sent too many bad codes
is refused as a whole for the rest of the minute, and an attacker can cause that for
visitors who share it. Users who are logged in are counted as users, so no
attacker can do it to them. Where no address is known, or the cache is away, there is no
limit, and every code is taken.

allauth's rate limits do the counting. Their public module reads the settings of
``allauth.account`` only, so this module wraps the parts of the internal one that have
stayed the same since 65.20.
"""

from __future__ import annotations

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from ..conf import conf
from ..core.rare_warnings import warn_seldom
from ..errors import TooManyRejectedCodes
from . import client_address


def require_budget(request: HttpRequest) -> None:
    """Raise TooManyRejectedCodes when the visitor has used up the budget.

    Only looks, without allauth's lock around the counter: behind a carrier's address
    people log in at the same moment, and none of them should wait for the others.
    """
    for rate, key in _counters(request):
        history, now = _history(key), time.time()
        allowed, history = ratelimit.apply_rate(history, now, rate)
        if history and not allowed:
            wait = history[-1] + rate.duration - now
            raise TooManyRejectedCodes(retry_after=max(1, math.ceil(wait)))


def count_rejection(request: HttpRequest) -> None:
    """Take one from the visitor's budget."""
    for rate, key in _counters(request):
        try:
            _count(rate, key)
        except Exception as error:  # noqa: BLE001, see _warn
            _warn(error)


def is_rate_per_address(limit: str) -> bool:
    """Return whether allauth can read ``limit`` and would count by address.

    A limit of 0 would refuse every code, because bad ones are not known in advance.
    """
    try:
        rates = ratelimit.parse_rates(limit)
        return all(rate.per == "ip" and rate.amount > 0 for rate in rates)
    except ValueError:
        return False


def _counters(request: HttpRequest) -> list[tuple[ratelimit.Rate, str]]:
    """Return each limit with the key of the visitor's count in the cache."""
    # A request without META is not from the network: see backends.
    limit = conf.TTMINIS_REJECTED_CODE_LIMIT if request.META else ""
    rates = ratelimit.parse_rates(limit)
    visitor = _visitor(request) if rates else None
    if visitor is None:
        return []
    return [
        (rate, f"ttminis_auth:rejected_code:{rate.amount}/{rate.duration}:{visitor}")
        for rate in rates
    ]


def _visitor(request: HttpRequest) -> str | None:
    user = getattr(request, "user", None)
    if user and user.is_authenticated:
        return f"user:{user.pk}"
    return client_address.of_visitor(request)


def _history(key: str) -> list[float]:
    try:
        return list(cache.get(key, ()))
    except Exception as error:  # noqa: BLE001, see _warn
        _warn(error)
        return []


def _count(rate: ratelimit.Rate, key: str) -> None:
    # Without the lock, two counts at once may become one: no reason to wait longer.
    with ratelimit.cache_lock(key):
        _, history = ratelimit.apply_rate(cache.get(key, []), time.time(), rate)
        cache.set(key, history, rate.duration)


def _warn(error: Exception) -> None:
    """Say that the cache is away. Each backend has errors of its own for that."""
    # Not the error's words: they may show where the cache is, and its password.
    warn_seldom(
        "The cache fails with %s, so rejected codes are not limited.",
        type(error).__name__,
    )
