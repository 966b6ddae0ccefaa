"""How the benchmark commands its simulated TikTok."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, cast

import trustme


class TikTok:
    """The simulator's process; use as a context manager, which ends it.

    It speaks TLS, with a certificate that this process trusts, and those it starts.
    """

    def __init__(self, directory: Path) -> None:
        authority, server = trustme.CA(), directory / "server.pem"
        trusted = directory / "trusted.pem"
        authority.cert_pem.write_to_path(trusted)
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(server)
        os.environ["REQUESTS_CA_BUNDLE"] = str(trusted)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.simulator_process", str(server)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._commands = cast("IO[str]", self._process.stdin)
        self._answers = cast("IO[str]", self._process.stdout)
        self.url = self._answers.readline().strip()
        """Where it answers, without a trailing slash."""

    def __enter__(self) -> TikTok:
        return self

    def __exit__(self, *args: object) -> None:
        # Its input ends, so it ends by itself.
        self._process.communicate(timeout=10)

    def set_distance(self, seconds: float) -> None:
        """Put it one round trip of so many seconds away."""
        self._command("set_distance", seconds)

    def issue_codes(
        self, client_key: str, handle: str, scopes: Sequence[str], count: int
    ) -> list[str]:
        """Return one-time codes of one user, or of new users where ``handle`` is ""."""
        return list(self._command("issue_codes", client_key, handle, scopes, count))

    def issue_tokens(self, client_key: str, count: int) -> list[dict[str, Any]]:
        """Return what as many new people's exchanges would have been answered."""
        return list(self._command("issue_tokens", client_key, count))

    def take_counts(self) -> tuple[int, int]:
        """Return how many requests and connections it got since the last call."""
        requests, connections = self._command("take_counts")
        return requests, connections

    def do(self, *words: Any) -> Any:
        """Let it do one of the commands that ``simulator_process`` knows."""
        return self._command(*words)

    def _command(self, *words: Any) -> Any:
        self._commands.write(json.dumps(words) + "\n")
        self._commands.flush()
        return json.loads(self._answers.readline())
