"""How many rejected codes one address may send.

Each code that we accept for checking costs a request to TikTok under our credentials,
so whoever sends junk makes us look like an attacker there. Good codes are not counted:
mobile carriers put thousands of people behind one address.

allauth's rate limits do the counting. Their public module reads the settings of
``allauth.account`` only, so this module wraps the internal one.
"""

from __future__ import annotations

import math
import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest

from ..conf import conf
from .errors import TooManyRejectedCodes

_APP = "ttminis_auth"
_ACTION = "rejected_code"


def require_budget(request: HttpRequest) -> None:
    """Raise TooManyRejectedCodes when the address has used up its budget.

    Only looks, without allauth's lock around the counter: behind a carrier's address
    people log in at the same moment, and none of them should wait for the others.
    """
    for rate in _rates(request):
        key = ratelimit.get_cache_key(request, app=_APP, action=_ACTION, rate=rate)
        history, now = cache.get(key, []), time.time()
        allowed, history = ratelimit.apply_rate(history, now, rate, dry_run=True)
        if not allowed:
            wait = history[-1] + rate.duration - now
            raise TooManyRejectedCodes(retry_after=max(1, math.ceil(wait)))


def count_rejection(request: HttpRequest) -> None:
    """Take one from the address's budget."""
    if _rates(request):
        ratelimit.consume(
            request, app=_APP, action=_ACTION, config=_config(), limit_get=True
        )


def is_rate_per_address(limit: str) -> bool:
    """Say whether allauth can read ``limit`` and would count by address."""
    try:
        return all(rate.per == "ip" for rate in ratelimit.parse_rates(limit))
    except ValueError:
        return False


def _config() -> dict[str, str]:
    return {_ACTION: conf.TTMINIS_REJECTED_CODE_LIMIT}


def _rates(request: HttpRequest) -> list[ratelimit.Rate]:
    # A request without META is not from the network: see backends.
    return _rates_in_force() if request.META else []


def _rates_in_force() -> list[ratelimit.Rate]:
    return ratelimit.get_rates(app=_APP, action=_ACTION, config=_config())
