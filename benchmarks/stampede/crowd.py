"""The stampedes of one server after the other, and what is to come of them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

import psycopg

from ..settings import CLIENT_KEY
from ..tiktok import TikTok
from .servers import SERVERS, Server, serving
from .visitors import Visit, stampede

LATENCY = 0.3
FAILING = 0.05


@dataclass(kw_only=True, slots=True)
class Result:
    """What came of one stampede.

    Attributes:
        visits: of all visitors.
        granted: how many codes TikTok exchanged.
        asked: how many calls reached TikTok.
        health: milliseconds of each look at the health page, or -1.
        connections: to the database, the most at a time.
        seconds: until the last visitor had an answer.
        is_hanging: whether TikTok kept all requests waiting.
    """

    name: str
    is_hanging: bool
    visits: list[Visit]
    granted: int
    asked: int
    health: list[float]
    connections: int
    seconds: float
    users: int
    identities: int
    people: int
    wrong: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run the stampedes, print a table of each, and return 1 if one went wrong."""
    options = _options(arguments)
    wrong: list[str] = []
    for name in options.server or SERVERS:
        with (
            TemporaryDirectory() as directory,
            TikTok(Path(directory)) as tiktok,
            own_database() as database,
        ):
            environ = os.environ | {
                "BENCHMARKS_POSTGRES": database,
                "BENCHMARKS_TIKTOK": tiktok.url,
                "DJANGO_SETTINGS_MODULE": "benchmarks.stampede.settings",
            }
            run = Stampede(options, SERVERS[name], tiktok, environ)
            for result in run.results():
                print(shown(result), flush=True)
                wrong += result.wrong
    print(*wrong, sep="\n", end="\n" * bool(wrong), file=sys.stderr)
    return 1 if wrong else 0


@contextmanager
def own_database() -> Iterator[str]:
    """Give the name of a new database of PostgreSQL, for as long as the block runs."""
    name = f"ttminis_stampede_{os.getpid()}"
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            # WITH (FORCE) needs the right to end PostgreSQL's own vacuum, too.
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND usename = current_user",
                [name],
            )
            server.execute(f"DROP DATABASE {name}")


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(
        prog="python -m benchmarks stampede",
        description="Many visitors open the mini app at once.",
    )
    parser.add_argument("--opens", type=int, default=2000)
    parser.add_argument("--server", action="append", choices=[*SERVERS])
    parser.add_argument("--bound", type=int, help="TTMINIS_MAX_CONCURRENT_CALLS")
    parser.add_argument("--threads", type=int, help="of each worker of gunicorn")
    parser.add_argument("--retries", type=int, default=0)
    return parser.parse_args(arguments)


class Stampede:
    """One server, and the stampedes that it goes through."""

    def __init__(
        self,
        options: Namespace,
        server: Server,
        tiktok: TikTok,
        environ: dict[str, str],
    ) -> None:
        self._options, self._tiktok = options, tiktok
        self._server = server.with_numbers(options.bound, options.threads)
        self._environ = environ
        self._new = options.opens // 10
        self._known = options.opens - 2 * self._new

    def results(self) -> Iterator[Result]:
        """Yield what came of TikTok being slow and failing, and of TikTok hanging."""
        self._act("migrate")
        answers = self._tiktok.issue_tokens(CLIENT_KEY, self._known)
        self._act("add", answers, 0)
        with serving(self._server, self._environ) as ports:
            self._ports = ports
            sessions = self._earlier_visits(self._new)
            yield self._run("TikTok is slow and fails", sessions)
            yield self._hanging()

    def _earlier_visits(self, count: int) -> list[str]:
        visits = self._visits([f"person{nth}" for nth in range(count)])
        for start in range(0, count, 4):
            asyncio.run(stampede(self._ports.site, visits[start : start + 4], 0))
        cookies = [visit.cookie for visit in visits]
        return [cookie.partition("sessionid=")[2].split(";")[0] for cookie in cookies]

    def _visits(self, handles: list[str], retries: int = 0) -> list[Visit]:
        codes = self._tiktok.do("issue_codes_of", handles, 1 + retries)
        return [Visit(codes=each) for each in codes]

    def _run(self, name: str, sessions: list[str]) -> Result:
        retries = self._options.retries
        known = [f"person{nth}" for nth in range(self._known)]
        new = [f"new{nth}" for nth in range(self._new)] * 2
        visits = self._visits(known + new, retries)
        for visit, session in zip(visits, sessions, strict=False):
            visit.session = session
        calls = len(visits) * (1 + retries)
        failing = round(FAILING * calls)
        self._tiktok.do("set_stampede", LATENCY, failing, calls)
        return self._result(name, visits)

    def _hanging(self) -> Result:
        visits = self._visits([f"person{nth}" for nth in range(self._known)])
        self._tiktok.do("hang")
        result = self._result("TikTok hangs", visits, is_hanging=True)
        self._tiktok.do("release")
        return result

    def _result(
        self, name: str, visits: list[Visit], *, is_hanging: bool = False
    ) -> Result:
        self._tiktok.do("take_granted")
        page = "127.0.0.1", str(self._ports.health), self._server.health
        with (
            self._watching("health", *page) as health,
            self._watching("connections") as connections,
        ):
            began = time.perf_counter()
            asyncio.run(stampede(self._ports.site, visits, self._options.retries))
            seconds = time.perf_counter() - began
        calls = self._tiktok.do("take_granted")
        users, identities, people = self._counted()
        result = Result(
            name=f"{self._server.title}: {name}",
            is_hanging=is_hanging,
            visits=visits,
            granted=calls.get("200", 0),
            asked=sum(calls.values()),
            health=health,
            connections=int(max(connections)),
            seconds=seconds,
            users=users,
            identities=identities,
            people=people,
        )
        result.wrong += judged(result)
        return result

    @contextmanager
    def _watching(self, module: str, *arguments: str) -> Iterator[list[float]]:
        """Run a module that says "ready", and has a list to tell when input ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.stampede.{module}", *arguments],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        process.stdout.readline()
        found: list[float] = []
        try:
            yield found
        finally:
            found += json.loads(process.communicate()[0])

    def _counted(self) -> tuple[int, int, int]:
        name = self._environ["BENCHMARKS_POSTGRES"]
        with psycopg.connect(dbname=name) as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM auth_user),"
                " (SELECT count(*) FROM ttminis_auth_identity),"
                " (SELECT count(DISTINCT uid) FROM socialaccount_socialaccount)"
            ).fetchone()
        assert row
        return row

    def _act(self, *words: object) -> None:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.refresh_process"],
            input=json.dumps(words) + "\n",
            env=self._environ | {"STAMPEDE_BOUND": "4"},
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )


def judged(result: Result) -> list[str]:
    """Return what went wrong, in words; times are not judged."""
    statuses = Counter(each for visit in result.visits for each in visit.statuses)
    strange = set(statuses) - {200, 503}
    entered = sum(visit.is_in for visit in result.visits)
    found = {
        f"answers were {dict(statuses)}": strange,
        # A visitor who hangs up on a TikTok that hangs cannot know what it granted.
        f"TikTok granted {result.granted} logins, {entered} visitors are in": (
            not result.is_hanging and not 0 < entered == result.granted
        ),
        f"{result.people} people are {result.users} users": (
            not result.people == result.users == result.identities
        ),
        # TikTok's own failures do not say when to come back.
        f"{bare(result)} refusals without Retry-After": (
            bare(result) > result.asked - entered
        ),
        "the health page failed": min(result.health) < 0,
    }
    return [f"{result.name}: {words}" for words, is_wrong in found.items() if is_wrong]


def bare(result: Result) -> int:
    """Return how many 503 had no Retry-After."""
    return sum(visit.retry_after.count("") for visit in result.visits)


def shown(result: Result) -> str:
    """Return the outcome as a few lines."""
    first = Counter(visit.statuses[0] for visit in result.visits)
    last = Counter(visit.statuses[-1] for visit in result.visits)
    taken = sorted(visit.seconds[0] for visit in result.visits)
    lines = {
        "first answers": dict(sorted(first.items())),
        "last answers": dict(sorted(last.items())),
        "503 without Retry-After": bare(result),
        "TikTok": f"asked {result.asked} times, granted {result.granted}",
        "users, identities": f"{result.users}, {result.identities}",
        "database": f"{result.connections} connections at most",
        "first answer, s": f"median {taken[len(taken) // 2]:.1f}, last {taken[-1]:.1f}",
        "health page, ms": percentiles(result.health),
        "all in": f"{result.seconds:.1f} s",
    }
    return "\n".join(
        [result.name, *(f"  {name:<24}{value}" for name, value in lines.items())]
    )


def percentiles(health: list[float]) -> str:
    cuts = quantiles(health, n=100) if len(health) > 1 else health * 99
    return (
        f"median {cuts[49]:.0f}, 95th {cuts[94]:.0f}, 99th {cuts[98]:.0f}, "
        f"longest {max(health):.0f}, of {len(health)}"
    )
