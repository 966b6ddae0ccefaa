"""How long the admin's pages take with a million people.

``measure`` starts this module as a process of its own, because its project is another:
it fills the database that the environment names, and answers with JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import django
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

COUNT = 1_000_000
ROUNDS = 3
LIST = "/admin/ttminis_auth/identity/"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageCosts:
    """One page: its SQL statements, and seconds at first and as a rule."""

    name: str
    statements: int
    first: float
    usual: float


def measure(environ: dict[str, str]) -> list[PageCosts]:
    """Measure in a new process, in the PostgreSQL database of this environment."""
    settings = {"DJANGO_SETTINGS_MODULE": "benchmarks.admin_settings"}
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks.admin"],
        env=environ | settings,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [PageCosts(**costs) for costs in json.loads(finished.stdout)]


def main() -> None:
    """Fill the database, ask for each page, and print what that cost."""
    django.setup()
    from . import admin_rows

    call_command("migrate", verbosity=0)
    admin_rows.fill(int(os.environ.get("BENCHMARKS_PEOPLE", COUNT)))
    operator = _operator()
    costs = [_costs(operator, name, query) for name, query in _pages()]
    print(json.dumps(costs))


def _operator() -> Client:
    from django.contrib.auth.models import User

    client = Client()
    user = User.objects.create_superuser("operator")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.get(LIST)  # templates are compiled once
    return client


def _costs(operator: Client, name: str, query: str) -> dict[str, Any]:
    times = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = operator.get(f"{LIST}{query}")
        times.append(time.perf_counter() - start)
    if response.status_code != 200:
        raise RuntimeError(f"{name}: {response.status_code}")
    first, *usual = times
    found = {"statements": len(captured), "first": first, "usual": median(usual)}
    return {"name": name, **found}


def _pages() -> Iterator[tuple[str, str]]:
    """Yield what is looked at, and its query."""
    from ttminis_auth.models import Health, Identity

    from .admin_rows import APPS, BROAD

    somebody = Identity.objects.select_related("account__user")[500]
    yield "list", ""
    yield "page 200", "?p=200"
    yield "one person", f"{somebody.pk}/change/"
    yield from ((f"app {key}", f"?app={key}") for key in APPS)
    yield from ((f"state {each}", f"?state={each}") for each in Identity.State.values)
    yield from ((f"health {each}", f"?health={each}") for each in Health.values)
    scopes = [*BROAD.split(","), "user.info.profile"]
    yield from ((f"scope {scope}", f"?scope={scope}") for scope in scopes)
    year, month = "created_at__year=2025", "created_at__month=6"
    yield "year", f"?{year}"
    yield "month", f"?{year}&{month}"
    yield "day", f"?{year}&{month}&created_at__day=3"
    yield "dead, in a month", f"?health=dead&{year}&{month}"
    yield "search open_id", f"?q={somebody.open_id}"
    yield "search e-mail", "?q=person5000@example.org"
    yield "search e-mail, of nobody", "?q=nobody@example.org"
    yield "search username", f"?q={somebody.account.user}"
    yield "search all usernames", "?q=user_"
    yield "search name", "?q=mia"
    yield "search words", "?q=fbc+mia"
    yield "search, nobody", "?q=nobody"
    yield "search name, removed", "?q=mia&state=removed"


if __name__ == "__main__":
    main()
