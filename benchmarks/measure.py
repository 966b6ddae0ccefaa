"""Rounds of logins, the ways taking turns, so that a drifting machine is fair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application

from ttminis_auth.core.counts import write

from . import variants
from .browser import Browser, Counts, Meter, Times, counter, stopwatch
from .logins import FOLLOWING, WAYS, Way
from .settings import CLIENT_KEY
from .tiktok import TikTok
from .variants import Variant

# In seconds from here to TikTok and back.
DISTANCES = (0.0, 0.05, 0.2)
FAR = 0.05
# What another way has just pushed out of the processor's caches is fetched again
# before it counts: a server does not change its way to log in at every turn.
SETTLE = 2

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How often everything is repeated.

    Attributes:
        rounds: for each distance, logins in a round, then rounds.
        server_rounds: the same on a real server.
        variant_logins: at least four.
        starts: of a process, each with the package and without.
    """

    warm_up: int
    rounds: tuple[tuple[int, int], ...]
    server_rounds: tuple[int, int]
    variants: tuple[Variant, ...]
    variant_logins: int
    starts: int


USUAL = Effort(
    warm_up=5,
    rounds=((6, 6), (3, 2), (3, 1)),
    server_rounds=(64, 2),
    variants=variants.USUAL,
    variant_logins=15,
    starts=3,
)
FULL = Effort(
    warm_up=20,
    rounds=((10, 50), (5, 20), (5, 10)),
    server_rounds=(400, 5),
    variants=variants.FULL,
    variant_logins=200,
    starts=9,
)
QUICK = Effort(
    warm_up=1,
    rounds=((3, 1), (2, 1), (2, 1)),
    server_rounds=(4, 0),
    variants=variants.QUICK,
    variant_logins=4,
    starts=1,
)


@dataclass(kw_only=True, slots=True)
class Costs:
    """What logins of one way cost.

    Attributes:
        counts: of one login, request by request.
        times: of every login, by the distance of TikTok.
    """

    counts: list[Counts] = field(default_factory=list)
    times: dict[float, list[Times]] = field(default_factory=dict)

    def row(self) -> dict[str, float]:
        """Return the figures; milliseconds, by the distance in milliseconds."""
        row: dict[str, float] = {
            "statements": sum(len(request.statements) for request in self.counts),
            "requests": sum(request.requests for request in self.counts),
            "connections": sum(request.connections for request in self.counts),
            "cpu": median(login.cpu for login in self.times[0.0]),
        }
        for distance, logins in self.times.items():
            walls = [login.wall for login in logins]
            cuts = quantiles(walls, n=100, method="inclusive")
            for nth in (50, 95, 99):
                row[f"p{nth} at {distance * 1000:.0f}"] = round(cuts[nth - 1], 2)
        return row


class Benchmark:
    """Measures ways against one TikTok; ``costs`` fills up as it goes."""

    def __init__(
        self,
        tiktok: TikTok,
        effort: Effort,
        progress: Progress,
        ways: tuple[Way, ...] = WAYS,
    ) -> None:
        self._tiktok = tiktok
        self._effort = effort
        self._progress = progress
        self._ways = ways
        self._application = get_wsgi_application()
        self.costs = {way.name: Costs() for way in ways}

    def run(self) -> None:
        """Warm up, count, then take the times at each distance."""
        for way in self._ways:
            self._progress(f"warming up {way.name}")
            self._log_in(way, stopwatch, self._effort.warm_up)
            # What a minute of logins has counted is not written by the one that counts.
            write()
            (counts,) = self._log_in(way, lambda r: counter(r, self._tiktok), 1)
            self.costs[way.name].counts = counts
        for distance, effort in zip(DISTANCES, self._effort.rounds, strict=True):
            self._tiktok.set_distance(distance)
            for way in self._turns(f"{distance * 1000:.0f} ms", effort[1]):
                found = self._times(way, effort[0])
                self.costs[way.name].times.setdefault(distance, []).extend(found)
        self._tiktok.set_distance(0)
        self._progress("")

    def _turns(self, where: str, rounds: int) -> Iterator[Way]:
        for turn in range(1, rounds + 1):
            for way in self._ways:
                self._progress(f"{where}: round {turn} of {rounds}, {way.name}")
                yield way

    def _times(self, way: Way, logins: int) -> list[Times]:
        self._log_in(way, stopwatch, min(SETTLE, logins // 4))
        return [_sum(requests) for requests in self._log_in(way, stopwatch, logins)]

    def _log_in(
        self, way: Way, meter: Callable[[list[Any]], Meter], times: int
    ) -> list[list[Any]]:
        """Return the readings of each login, request by request."""
        issued = [
            self._tiktok.issue_codes(CLIENT_KEY, way.person, scopes, times)
            for scopes in way.grants
        ]
        logins = []
        for codes in zip(*issued, strict=True):
            readings: list[Any] = []
            way.before()
            browser = Browser(self._application, meter(readings))
            way.log_in(browser, *codes)
            # A login that fails is quick, so each one has to prove itself.
            if "_auth_user_id" not in SessionStore(browser.cookie("sessionid")):
                raise RuntimeError(f"{way.name}: no user is logged in")
            logins.append(readings[-1:] if way in FOLLOWING else readings)
        return logins


def _sum(requests: list[Times]) -> Times:
    return Times(
        cpu=sum(request.cpu for request in requests),
        wall=sum(request.wall for request in requests),
    )
