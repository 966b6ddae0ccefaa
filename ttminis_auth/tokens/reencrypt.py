"""Encrypt the stored tokens with today's key, so that yesterday's can be dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from django.db.models import QuerySet, TextField, Value
from django.views.decorators.debug import sensitive_variables

from ..core.batches import batches
from ..models import Grant

Stored: TypeAlias = Mapping[str, str | None]

_COLUMNS = ("access_token", "refresh_token")


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
    return stored.select_related("identity").only(*_COLUMNS, *named)


@sensitive_variables()
def _reseal(grant: Grant, dry_run: bool) -> Outcome:
    found: Stored = {name: getattr(grant, name) for name in _COLUMNS}
    renewed = {name: grant.reencrypted(name) for name, old in found.items() if old}
    known = (None, *found.values())
    changed = {name: new for name, new in renewed.items() if new not in known}
    if changed and not dry_run and not _swap(grant, found, changed):
        again = _stored().filter(pk=grant.pk).first()
        return _reseal(again, dry_run) if again else Outcome.GONE
    if None in renewed.values():
        return Outcome.UNREADABLE
    return Outcome.RESEALED if changed else Outcome.CURRENT


# Somebody may be renewing these tokens right now, and what they store is all that works
# from then on. So nothing is written over what we have not read; and since each row is
# a statement of its own, nobody ever waits for our lock on more than one.
def _swap(grant: Grant, found: Stored, changed: Stored) -> bool:
    """Write, unless what was found is there no more; say whether it was."""
    # As a value of its own, because the field takes nothing that is not encrypted, and
    # anything may stand in a row.
    same = {name: old and Value(old, TextField()) for name, old in found.items()}
    return bool(Grant.objects.filter(pk=grant.pk, **same).update(**changed))
