"""Ask TikTok for the ``union_id`` of those who have none yet."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from django.core.management.base import CommandError, CommandParser

from ...core.failures import note_failure
from ...errors import LoginRefused
from ...profile import fill_union_ids
from ..arguments import add_dry_run, add_limit
from ..base import TTMinisCommand


class Command(TTMinisCommand):
    """Fetches missing union_ids with active tokens, and merges users by the policy."""

    help = (
        "Store the union_id of identities that lack it and have a token to ask with, "
        "and link their users as TTMINIS_UNION_LINKING says."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_dry_run(parser, "only say who would be asked for; TikTok is not called")
        add_limit(parser, "accounts")

    def handle(
        self, *args: object, dry_run: bool, limit: int | None, **options: object
    ) -> None:
        act = self._announce if dry_run else self._fill
        candidates = islice(fill_union_ids.candidates(), limit)
        done = Counter(act(candidate) for candidate in self.units(candidates))
        summary = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        self.stdout.write(f"Done: {summary or 'no identity lacks a union_id'}.")
        if done["failed"]:
            raise CommandError(f"{done['failed']} failed: run it again later.")

    def _announce(self, candidate: fill_union_ids.Candidate) -> str:
        self.stdout.write(f"Account {candidate.account_id}: would be asked for")
        return "to ask for"

    def _fill(self, candidate: fill_union_ids.Candidate) -> str:
        try:
            outcome = "filled" if fill_union_ids.fill(candidate) else "still without"
        except LoginRefused as refusal:
            # The code only: what TikTok said is in the log, free of secrets.
            self.stdout.write(f"Account {candidate.account_id}: {refusal.code}")
            return "failed"
        except Exception as error:  # noqa: BLE001, of a project's receiver
            account = f"Account {candidate.account_id}"
            self.stdout.write(f"{account}: {note_failure(account, error)}")
            return "failed"
        self.stdout.write(f"Account {candidate.account_id}: {outcome}")
        return outcome
