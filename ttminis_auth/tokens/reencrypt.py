"""Encrypt the stored tokens with the newest key, so that an old key can go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from django.db.models import QuerySet
from django.views.decorators.debug import sensitive_variables

from ..core.batches import batches
from ..models import Grant
from ..models.identity import TOKENS

Stored: TypeAlias = Mapping[str, str | None]


class Outcome(Enum):
    """What became of one grant's tokens."""

    RESEALED = "re-encrypted"
    CURRENT = "current already"
    UNREADABLE = "unreadable"
    GONE = "gone meanwhile"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """One grant, and what became of it."""

    grant_id: int
    outcome: Outcome


def reencrypt_all(*, dry_run: bool = False) -> Iterator[Result]:
    """Encrypt every grant's tokens with the newest key, for their own row.

    Yields what became of each.

    A run that was stopped is taken up by the next one: what is current stays as it is.
    A token that none of the keys decrypts stays, too. The right key may be missing from
    the settings only, and not be lost.
    """
    for batch in batches(_stored()):
        for grant in batch:
            yield Result(grant_id=grant.pk, outcome=_reseal(grant, dry_run))


def _stored() -> QuerySet[Grant]:
    stored = Grant.objects.exclude(access_token=None, refresh_token=None)
    named = ("identity__client_key", "identity__open_id")
    return stored.select_related("identity").only(*TOKENS, *named)


@sensitive_variables()
def _reseal(grant: Grant, dry_run: bool) -> Outcome:
    found: Stored = {name: getattr(grant, name) for name in TOKENS}
    renewed = {name: grant.reencrypted(name) for name, old in found.items() if old}
    known = (None, *found.values())
    changed = {name: new for name, new in renewed.items() if new not in known}
    if changed and not dry_run and not _swap(grant, changed):
        again = _stored().filter(pk=grant.pk).first()
        return _reseal(again, dry_run) if again else Outcome.GONE
    if None in renewed.values():
        return Outcome.UNREADABLE
    return Outcome.RESEALED if changed else Outcome.CURRENT


# A worker may be renewing these tokens right now, and what it stores is all that works
# from then on. So nothing is written over what we have not read; and since each row is
# a statement of its own, no other process waits for our lock on more than one.
def _swap(grant: Grant, changed: Stored) -> bool:
    """Write, unless what was found is there no more; say whether it was."""
    return bool(grant.as_read().update(**changed))
