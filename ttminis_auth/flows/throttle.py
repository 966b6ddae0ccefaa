"""How many rejected codes one address may send.

Each code that we accept for checking costs a request to TikTok under our credentials,
so whoever sends junk makes us look like an attacker there. Good codes are not counted:
mobile carriers put thousands of people behind one address.

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
from .errors import TooManyRejectedCodes


def require_budget(request: HttpRequest) -> None:
    """Raise TooManyRejectedCodes when the address has used up its budget.

    Only looks, without allauth's lock around the counter: behind a carrier's address
    people log in at the same moment, and none of them should wait for the others.
    """
    for rate in _rates(request):
        history, now = cache.get(_cache_key(request, rate), []), time.time()
        allowed, history = ratelimit.apply_rate(history, now, rate, dry_run=True)
        if not allowed:
            wait = history[-1] + rate.duration - now
            raise TooManyRejectedCodes(retry_after=max(1, math.ceil(wait)))


def count_rejection(request: HttpRequest) -> None:
    """Take one from the address's budget."""
    for rate in _rates(request):
        key = _cache_key(request, rate)
        # Without the lock, two counts at once may become one: no reason to wait longer.
        with ratelimit.cache_lock(key):
            _, history = ratelimit.apply_rate(cache.get(key, []), time.time(), rate)
            cache.set(key, history, rate.duration)


def is_rate_per_address(limit: str) -> bool:
    """Say whether allauth can read ``limit`` and would count by address."""
    try:
        return all(rate.per == "ip" for rate in ratelimit.parse_rates(limit))
    except ValueError:
        return False


def _rates(request: HttpRequest) -> list[ratelimit.Rate]:
    # A request without META is not from the network: see backends.
    limit = conf.TTMINIS_REJECTED_CODE_LIMIT if request.META else ""
    return ratelimit.parse_rates(limit)


def _cache_key(request: HttpRequest, rate: ratelimit.Rate) -> str:
    address = ratelimit.get_ip(request)
    return f"ttminis_auth:rejected_code:{rate.amount}/{rate.duration}:{address}"
