"""Encrypt the stored tokens with the newest ``SECRET_KEY``."""

from __future__ import annotations

from collections import Counter

from django.core.management.base import CommandError, CommandParser

from ...tokens import reencrypt
from ...tokens.reencrypt import Outcome
from ..arguments import add_dry_run
from ..base import TTMinisCommand


class Command(TTMinisCommand):
    """The step between a new ``SECRET_KEY`` and the end of the old one."""

    help = (
        "Encrypt all stored tokens with today's SECRET_KEY, each for its own row. Run "
        "it once every process has the new key; the old one can leave "
        "SECRET_KEY_FALLBACKS afterwards. Run it also after an upgrade that says so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_dry_run(parser, "only say what would be done")

    def handle(self, *args: object, dry_run: bool, **options: object) -> None:
        results = self.units(reencrypt.reencrypt_all(dry_run=dry_run))
        done = Counter(self._outcome(result) for result in results)
        summary = ", ".join(f"{done[each]} {each.value}" for each in done)
        self.stdout.write(f"Grants: {summary or 'none with tokens'}.")
        if unreadable := done[Outcome.UNREADABLE]:
            raise CommandError(
                f"{unreadable} cannot be read with any of the keys, and stay as they "
                "are. Is a key missing from SECRET_KEY_FALLBACKS?"
            )

    def _outcome(self, result: reencrypt.Result) -> Outcome:
        if result.outcome is Outcome.UNREADABLE:
            self.stderr.write(f"Grant {result.grant_id}: unreadable")
        return result.outcome
