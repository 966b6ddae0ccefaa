"""Seal the stored tokens with today's key, so that yesterday's can be dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.views.decorators.debug import sensitive_variables

from ..crypto import reseal
from ..models import Grant
from .batches import batches

Sealed: TypeAlias = Mapping[str, str | None]

# As the database has them. Read as what they are, they would be decrypted, and what
# no key opens would look like nothing, and be written back as nothing.
_SEALED = {
    "sealed_access": Cast("access_token", TextField()),
    "sealed_refresh": Cast("refresh_token", TextField()),
}


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


def reseal_all(*, dry_run: bool = False) -> Iterator[Result]:
    """Seal every grant's tokens with the newest key, and yield what became of each.

    A run that was stopped is taken up by the next one: what is current stays as it is.
    A token that none of the keys opens stays, too. The right key may be missing from
    the settings only, and not be lost.
    """
    for batch in batches(_stored()):
        for grant in batch:
            yield Result(grant_id=grant.pk, outcome=_reseal(grant, dry_run))


def _stored() -> QuerySet[Grant]:
    stored = Grant.objects.exclude(access_token=None, refresh_token=None)
    return stored.only("pk").annotate(**_SEALED)


@sensitive_variables()
def _reseal(grant: Grant, dry_run: bool) -> Outcome:
    found: Sealed = {name: getattr(grant, name) for name in _SEALED}
    resealed: Sealed = {name: old and reseal(old) for name, old in found.items()}
    is_unreadable = any(old and not resealed[name] for name, old in found.items())
    wanted: Sealed = {name: resealed[name] or old for name, old in found.items()}
    if wanted != found and not dry_run and not _swap(grant, found, wanted):
        again = _stored().filter(pk=grant.pk).first()
        return _reseal(again, dry_run) if again else Outcome.GONE
    if is_unreadable:
        return Outcome.UNREADABLE
    return Outcome.CURRENT if wanted == found else Outcome.RESEALED


# Somebody may be renewing these tokens right now, and what they store is all that works
# from then on. So nothing is written over what we have not read; and since each row is
# a statement of its own, nobody ever waits for our lock on more than one.
@sensitive_variables()
def _swap(grant: Grant, found: Sealed, wanted: Sealed) -> bool:
    """Write, unless what was found is there no more; say whether it was."""
    unchanged = _stored().filter(pk=grant.pk, **found)
    access, refresh = (Value(wanted[name], TextField()) for name in _SEALED)
    return bool(unchanged.update(access_token=access, refresh_token=refresh))
