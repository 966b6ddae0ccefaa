"""Rounds of logins, the ways taking turns, so that a drifting machine is fair."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import fmean, median

from django.contrib.sessions.backends.db import SessionStore
from django.core.wsgi import get_wsgi_application

from ttminis_auth.core.counts import write

from .browser import Browser, Counts, Meter, Times, counter, stopwatch
from .logins import WAYS, Way
from .settings import CLIENT_KEY
from .tiktok import TikTok

FAR = 0.050
# What another way has just pushed out of the processor's caches is fetched again
# before it counts: a server does not change its way to log in at every turn.
SETTLE = 3

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How often everything is repeated: logins per round, then rounds."""

    warm_up: int
    near: tuple[int, int]
    far: tuple[int, int]


FULL = Effort(warm_up=20, near=(10, 35), far=(8, 5))
QUICK = Effort(warm_up=3, near=(5, 3), far=(1, 1))


@dataclass(kw_only=True, slots=True)
class Costs:
    """What one login cost, request by request.

    Attributes:
        near: each round's mean times with TikTok next door.
        far: the same with TikTok one ``FAR`` round trip away.
    """

    counts: list[Counts] = field(default_factory=list)
    near: list[list[Times]] = field(default_factory=list)
    far: list[list[Times]] = field(default_factory=list)


class Benchmark:
    """Measures all ways against one TikTok; ``costs`` fills up as it goes."""

    def __init__(self, tiktok: TikTok, effort: Effort, progress: Progress) -> None:
        self._tiktok = tiktok
        self._effort = effort
        self._progress = progress
        self._application = get_wsgi_application()
        self.costs = {way.name: Costs() for way in WAYS}

    def run(self) -> None:
        """Warm up, count, then take the times near and far."""
        for way in WAYS:
            self._progress(f"warming up {way.name}")
            self._log_in(way, stopwatch([]), self._effort.warm_up)
            # What a minute of logins has counted is not written by the one that counts.
            write()
            counts: list[Counts] = []
            self._log_in(way, counter(counts, self._tiktok), 1)
            self.costs[way.name].counts = counts
        logins, rounds = self._effort.near
        for way in self._turns("near", rounds):
            self.costs[way.name].near.append(self._times(way, logins))
        self._tiktok.set_distance(FAR)
        logins, rounds = self._effort.far
        for way in self._turns("far", rounds):
            self.costs[way.name].far.append(self._times(way, logins))
        self._progress("")

    def _turns(self, where: str, rounds: int) -> Iterator[Way]:
        for turn in range(1, rounds + 1):
            for way in WAYS:
                self._progress(f"{where}: round {turn} of {rounds}, {way.name}")
                yield way

    def _times(self, way: Way, logins: int) -> list[Times]:
        readings: list[Times] = []
        self._log_in(way, stopwatch([]), SETTLE)
        self._log_in(way, stopwatch(readings), logins)
        requests = len(readings) // logins
        return [_mean(readings[nth::requests]) for nth in range(requests)]

    def _log_in(self, way: Way, meter: Meter, times: int) -> None:
        issued = [
            self._tiktok.issue_codes(CLIENT_KEY, way.person, scopes, times)
            for scopes in way.grants
        ]
        for codes in zip(*issued, strict=True):
            browser = Browser(self._application, meter)
            way.log_in(browser, *codes)
            # A login that fails is quick, so each one has to prove itself.
            if "_auth_user_id" not in SessionStore(browser.cookie("sessionid")):
                raise RuntimeError(f"{way.name}: nobody is logged in")


def _mean(readings: list[Times]) -> Times:
    return Times(
        cpu=fmean(reading.cpu for reading in readings),
        wall=fmean(reading.wall for reading in readings),
    )


def middle(rounds: list[list[Times]]) -> Times:
    """Return the median round of whole logins, all requests of a login added up."""
    return Times(
        cpu=median(sum(request.cpu for request in login) for login in rounds),
        wall=median(sum(request.wall for request in login) for login in rounds),
    )


def last_request(costs: Costs) -> Costs:
    """Return what the last request of a login cost by itself."""
    return Costs(
        counts=costs.counts[-1:],
        near=[login[-1:] for login in costs.near],
        far=[login[-1:] for login in costs.far],
    )
