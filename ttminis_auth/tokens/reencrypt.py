"""Encrypt the stored tokens with today's key, so that yesterday's can be dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.views.decorators.debug import sensitive_variables

from ..core import database
from ..core.batches import batches
from ..models import Grant

Stored: TypeAlias = Mapping[str, str | None]

# Grants of one UPDATE: seven values each, and SQLite takes 999 in a statement.
TOGETHER = 100

_COLUMNS = ("access_token", "refresh_token")
_TEXT = TextField()


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Change:
    """What was found in the row of a grant, and what is to be written over it."""

    grant_id: int
    found: Stored
    changed: Stored
    outcome: Outcome


def reencrypt_all(*, dry_run: bool = False) -> Iterator[Result]:
    """Encrypt every grant's tokens with the newest key, for their own row.

    Yields what became of each.

    A run that was stopped is taken up by the next one: what is current stays as it is.
    A token that none of the keys decrypts stays, too. The right key may be missing from
    the settings only, and not be lost.
    """
    for batch in batches(_stored(), TOGETHER):
        changes = [_change_of(grant) for grant in batch]
        to_write = [change for change in changes if change.changed and not dry_run]
        written = _write_together(to_write) if to_write else set()
        for change in changes:
            alone = change in to_write and change.grant_id not in written
            outcome = _reseal(change.grant_id) if alone else change.outcome
            yield Result(grant_id=change.grant_id, outcome=outcome)


def _stored() -> QuerySet[Grant]:
    stored = Grant.objects.exclude(access_token=None, refresh_token=None)
    named = ("identity__client_key", "identity__open_id")
    return stored.select_related("identity").only(*_COLUMNS, *named)


@sensitive_variables()
def _change_of(grant: Grant) -> _Change:
    found: Stored = {name: getattr(grant, name) for name in _COLUMNS}
    renewed = {name: grant.reencrypted(name) for name, old in found.items() if old}
    known = (None, *found.values())
    changed = {name: new for name, new in renewed.items() if new not in known}
    if None in renewed.values():
        outcome = Outcome.UNREADABLE
    else:
        outcome = Outcome.RESEALED if changed else Outcome.CURRENT
    return _Change(grant_id=grant.pk, found=found, changed=changed, outcome=outcome)


# A login or a worker may be renewing these tokens right now, and what they store is all
# that works from then on. So nothing is written over what we have not read.


def _write_together(changes: Sequence[_Change]) -> set[int]:
    """Write what nobody holds or has changed; return the keys of these grants.

    We never wait for a row while we hold others: a login that holds two grants of a
    user could wait for us at the same time.
    """
    rows, keys = _unchanged(*changes), {change.grant_id for change in changes}
    with database.atomic():
        if database.has_row_locks():
            free = rows.select_for_update(skip_locked=True)
            keys = set(free.values_list("pk", flat=True))
            rows = Grant.objects.filter(pk__in=keys)
        return keys if _write(rows, *changes) == len(keys) else set()


def _reseal(grant_id: int) -> Outcome:
    """Encrypt the tokens of one grant as they are now, once the row is free."""
    while grant := _stored().filter(pk=grant_id).first():
        change = _change_of(grant)
        if not change.changed or _write(_unchanged(change), change):
            return change.outcome
    return Outcome.GONE


@sensitive_variables()
def _unchanged(*changes: _Change) -> QuerySet[Grant]:
    """Return the grants that hold what was found in them, without any others."""
    same = Q(pk__in=())
    for change in changes:
        # As a value of its own, because the field takes nothing that is not encrypted,
        # and anything may stand in a row.
        found = {name: old and Value(old, _TEXT) for name, old in change.found.items()}
        same |= Q(pk=change.grant_id, **found)
    return Grant.objects.filter(same)


@sensitive_variables()
def _write(rows: QuerySet[Grant], *changes: _Change) -> int:
    """Write the changes of these rows in one statement; return how many there were."""
    columns = {
        name: Case(
            *(
                When(pk=change.grant_id, then=Value(change.changed[name], _TEXT))
                for change in changes
                if name in change.changed
            ),
            default=F(name),
            output_field=_TEXT,
        )
        for name in _COLUMNS
    }
    return rows.update(**columns)
