"""Logins under other settings: sessions, TikTok-hosted pages, more rows, a cold start.

``run`` has a process of its own measure each, which is this module:
``python -m benchmarks.variants WAY`` reads codes and prints figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .settings import CLIENT_KEY
from .tiktok import TikTok

OPEN_ID = "user.info.open_id"
HOSTED = "/accounts/ttminis/app/code/"
ORIGIN = f"https://minis-{CLIENT_KEY}-7f3kq9x2mdfab-1.tiktokminis.us"


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """How a process differs from the others.

    Attributes:
        name: for the table.
        path: where the codes are sent.
        headers: what else the browser sends, by the names of WSGI.
        rows: how many users there are to be at least.
    """

    name: str
    environ: dict[str, str] = field(default_factory=dict)
    path: str = "/accounts/ttminis/login/code/"
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0


def _headless(name: str, strategy: str) -> Variant:
    environ = {"BENCHMARKS_HEADLESS": strategy}
    headers = {"HTTP_ORIGIN": ORIGIN}
    return Variant(name=name, environ=environ, path=HOSTED, headers=headers)


def _stored(engine: str) -> Variant:
    return Variant(name=f"sessions: {engine}", environ={"BENCHMARKS_SESSIONS": engine})


QUICK = (
    _stored("db"),
    _headless("TikTok-hosted, session tokens", "sessions.SessionTokenStrategy"),
    Variant(name="among 1,000 identities", rows=1000),
)
USUAL = (
    *QUICK,
    _stored("cached_db"),
    _stored("cache"),
    _stored("signed_cookies"),
    _headless("TikTok-hosted, JWT", "jwt.JWTTokenStrategy"),
    Variant(name="among 100,000 identities", rows=100_000),
)
FULL = (*USUAL, Variant(name="among 5,000,000 identities", rows=5_000_000))


def run(tiktok: TikTok, variant: Variant, logins: int) -> dict[str, float]:
    """Return the medians of a returning login, and the first of the process."""
    if variant.rows:
        # First: millions of rows take longer than codes are good for.
        _have_rows(variant.rows)
    codes = tiktok.issue_codes(CLIENT_KEY, "mia", [OPEN_ID], logins)
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.variants"],
        input=json.dumps([asdict(variant), codes]),
        env={**os.environ, **variant.environ, "BENCHMARKS_JWT_KEY": _private_key()},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(finished.stdout)
    return figures


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def main() -> None:
    """Measure one variant, in this process."""
    began = time.perf_counter()
    variant, codes = json.load(sys.stdin)
    django.setup()
    # These need the settings, and are part of a cold start.
    from django.core.wsgi import get_wsgi_application

    from .browser import Browser, Times, noted, stopwatch

    application = get_wsgi_application()
    readings: list[Times] = []
    statements: list[int] = []

    def log_in(code: str) -> None:
        browser = Browser(application, stopwatch(readings), **variant["headers"])
        sent = json.dumps({"code": code, "client_key": CLIENT_KEY}).encode()
        with noted() as made:
            answer = browser.post(variant["path"], sent, "application/json")
        statements.append(len(made))
        if answer.status != 200:
            raise RuntimeError(f"{variant['name']}: {answer.status}, {answer.body!r}")

    log_in(codes[0])
    cold = time.perf_counter() - began
    for code in codes[1:]:
        log_in(code)
    figures: dict[str, Any] = {
        "statements": median(statements[1:]),
        "cpu": median(reading.cpu for reading in readings[2:]),
        "wall": median(reading.wall for reading in readings[2:]),
        "first login of the process": cold * 1000,
    }
    print(json.dumps(figures))


def _have_rows(count: int) -> None:
    from ttminis_auth.models import Identity

    from .refresh_rows import add

    add(CLIENT_KEY, [], count - Identity.objects.count())


if __name__ == "__main__":
    main()
