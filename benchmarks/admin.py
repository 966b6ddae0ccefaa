"""How long the admin's pages take with a million users.

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
ADMIN = "/admin/"
IDENTITIES, CONFLICTS, DELIVERIES, OVERVIEW = (
    f"ttminis_auth/{model}/"
    for model in ("identity", "linkingconflict", "webhookdelivery", "dailycount")
)


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
    pages = [*_identities(), *_others()]
    costs = [_costs(operator, name, path) for name, path in pages]
    print(json.dumps(costs))


def _operator() -> Client:
    from django.contrib.auth.models import User

    client = Client()
    user = User.objects.create_superuser("operator")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    client.get(ADMIN + IDENTITIES)  # templates are compiled once
    return client


def _costs(operator: Client, name: str, path: str) -> dict[str, Any]:
    times = []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            response = operator.get(ADMIN + path)
        times.append(time.perf_counter() - start)
    if response.status_code != 200:
        raise RuntimeError(f"{name}: {response.status_code}")
    first, *usual = times
    found = {"statements": len(captured), "first": first, "usual": median(usual)}
    return {"name": name, **found}


def _identities() -> Iterator[tuple[str, str]]:
    """Yield the name and the address of each page to measure."""
    from ttminis_auth.models import Health, Identity

    from .admin_rows import APPS, BROAD

    identity = Identity.objects.select_related("account__user")[500]
    month = "created_at__gte=2025-06-01T00:00Z&created_at__lt=2025-07-01T00:00Z"
    scopes = [*BROAD.split(","), "user.info.profile"]
    found = {
        "list": "",
        "page 20": "?p=20",
        "one user": f"{identity.pk}/change/",
        **{f"app {key}": f"?app={key}" for key in APPS},
        **{f"state {each}": f"?state__exact={each}" for each in Identity.State.values},
        **{f"health {each}": f"?health={each}" for each in Health.values},
        **{f"scope {scope}": f"?scope={scope}" for scope in scopes},
        "month": f"?{month}",
        "day": "?created_at__gte=2025-06-03T00:00Z&created_at__lt=2025-06-04T00:00Z",
        "dead, in a month": f"?health=dead&{month}",
        "search open_id": f"?q={identity.open_id}",
        "search e-mail": "?q=person5000@example.org",
        "search e-mail, unknown": "?q=unknown@example.org",
        "search username": f"?q={identity.account.user}",
        "search all usernames": "?q=user_",
        "search name": "?q=mia",
        "search words": "?q=fbc+mia",
        "search, unknown": "?q=unknown",
        "search name, removed": "?q=mia&state=removed",
    }
    for name, query in found.items():
        yield name, IDENTITIES + query


def _others() -> Iterator[tuple[str, str]]:
    """Yield what is looked at besides, and where."""
    from ttminis_auth.models import LinkingConflict, WebhookDelivery

    from .admin_rows import RARE

    conflict = LinkingConflict.objects.select_related("older__account")[500]
    delivery = WebhookDelivery.objects.all()[500]
    yield (
        "a user, with identities",
        f"auth/user/{conflict.older.account.user_id}/change/",
    )
    yield "overview", OVERVIEW
    for name, query in {
        "list": "",
        "all": "?state=all",
        "kept apart": "?state=kept_apart",
        "vetoed": "?reason__exact=vetoed",
        "search union_id": f"?q={conflict.union_id}",
        "one": f"{conflict.pk}/change/",
        "who stays": f"{conflict.pk}/do/merge/",
    }.items():
        yield f"conflicts: {name}", CONFLICTS + query
    for name, query in {
        "list": "",
        "page 20": "?p=20",
        "failed": "?result__exact=failed",
        "rare event": "?event=authorization.removed",
        "rare app": f"?app={RARE}",
        "day": "?received_at__gte=2025-06-03T00:00Z&received_at__lt=2025-06-04T00:00Z",
        "search open_id": f"?q={delivery.user_openid}",
        "one": f"{delivery.pk}/change/",
    }.items():
        yield f"deliveries: {name}", DELIVERIES + query


if __name__ == "__main__":
    main()
