"""One of many processes: gets ready, waits for a line, acts, and says what came of it.

python -m tests.tokens.worker refresh
python -m tests.tokens.worker ask IDENTITY TIMES
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import django
from django.db import connections

THREADS = 5


def refresh() -> dict[str, Any]:
    """Do what the command does, over one connection."""
    from ttminis_auth.tokens.refresh_all import refresh_due

    return refresh_due(workers=1).as_dict()


def ask(identity: str, times: str) -> list[str]:
    """Ask for one person's token, several times at once, and return the digests."""
    from ttminis_auth.errors import ReauthorizationRequired
    from ttminis_auth.models import Identity
    from ttminis_auth.tokens.access import access_token

    def answer(_: int) -> str:
        try:
            token = access_token(Identity.objects.get(pk=identity))
            return sha256(token.encode()).hexdigest()
        except ReauthorizationRequired:
            return "reauthorize"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(answer, range(int(times))))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    django.setup()
    name, *arguments = sys.argv[1:]
    say("ready")
    sys.stdin.readline()
    act = {"refresh": refresh, "ask": ask}[name]
    say(json.dumps(act(*arguments)))


if __name__ == "__main__":
    main()
