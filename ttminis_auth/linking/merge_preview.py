"""Show what a merge would do: run it, and roll back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import Model, TextChoices
from django.utils.translation import gettext_lazy as _

from ..core import database
from ..core.failures import note_failure
from ..core.locks import hold
from . import merge
from .merge import MergeVetoed, Relation
from .staff_rules import Operator

EXAMPLES = 10


class Fate(TextChoices):
    """What becomes of a row that refers to the user who goes."""

    MOVES = "moves", _("moves")
    STAYS = "stays", _("stays")
    GONE = "gone", _("gone")


class End(TextChoices):
    """What becomes of the user who goes."""

    DELETED = "deleted", _("deleted")
    KEPT = "kept", _("kept, inactive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row that refers to the user who goes.

    Attributes:
        text: what it calls itself.
        fate: what becomes of it.
    """

    text: str
    fate: Fate


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """The rows of one relation that refer to the user who goes.

    Attributes:
        model: whose rows they are. A page shows their words to those who may see such
            rows only: some models call their rows by a secret.
        label: the model's label, such as ``"drama.Progress"``.
        field: the name of the field that refers to the user; of a generic relation,
            of the field that the user has of it.
        moves: how many will refer to the user who stays.
        stays: how many will be left behind.
        gone: how many will be neither: deleted, or made one with a row of the other's.
        rows: the first ten.
    """

    model: type[Model]
    label: str
    field: str
    moves: int
    stays: int
    gone: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a merge would do.

    Attributes:
        related: what refers to the user who goes, without what nothing is in.
        blocked: why there can be no merge; all rows then stay where they are.
        goes_ends: how the user who goes ends; None where there can be no merge.
    """

    related: tuple[Related, ...]
    blocked: tuple[str, ...]
    goes_ends: End | None


def plan_merge(goes: User, stays: User, *, by: Operator = None) -> Plan:
    """Return what ``merging.merge_users`` would do, and leave everything as it is.

    The merge is done and rolled back, receivers of ``merging_users`` included, who are
    shown by ``dry_run``. No user is deleted or deactivated for it, so a receiver of
    that which would forbid it is not noticed. Logins of the two wait meanwhile, as they
    do for a merge. If a receiver raises, only the class of the exception is shown: its
    message may hold personal data.
    """
    end = None
    with database.atomic():
        found = hold(goes.pk, stays.pk)
        pair = found.get(goes.pk), found.get(stays.pk)
        looks = _looks(goes, stays)
        blocked = merge.reasons_against(*pair, by=by)
        related = [look.unmoved() for look in looks]
        if not blocked:
            try:
                end, related = _try(found[goes.pk], found[stays.pk], looks)
            except MergeVetoed as veto:
                blocked = [str(veto)]
            except Exception as error:  # noqa: BLE001, any project's receiver
                blocked = [note_failure("The preview of a merge failed", error)]
    return Plan(related=tuple(related), blocked=tuple(blocked), goes_ends=end)


def _try(
    goes: User, stays: User, looks: Iterable[_Look]
) -> tuple[End | None, list[Related]]:
    with database.atomic():
        left = merge.join(stays, goes, dry_run=True)
        related = [look.moved() for look in looks]
        # The rollback also drops what receivers registered for after the commit.
        database.roll_back()
    return End.KEPT if left else End.DELETED, related


def _looks(goes: User, stays: User) -> list[_Look]:
    looks = (_Look(rel, goes, stays) for rel in merge.relations_to(goes))
    return [look for look in looks if look.total]


class _Look:
    """A look at the rows of one relation before the merge, and one after it."""

    def __init__(self, relation: Relation, goes: User, stays: User) -> None:
        self._relation = relation
        self._theirs = merge.rows_of(relation, goes)
        self._others = merge.rows_of(relation, stays)
        self.total = self._theirs.count()
        self._before = self._others.count() if self.total else 0
        first = self._theirs.order_by("pk")[:EXAMPLES] if self.total else ()
        self._first = {row.pk: _text(row) for row in first}

    def unmoved(self) -> Related:
        """Say that nothing happens."""
        fates = dict.fromkeys(self._first, Fate.STAYS)
        return self._related(fates, moves=0, stays=self.total)

    def moved(self) -> Related:
        """Return what has happened since the first look."""
        found = {Fate.MOVES: self._others, Fate.STAYS: self._theirs}
        fates = {
            pk: fate
            for fate, rows in found.items()
            for pk in rows.filter(pk__in=self._first).values_list("pk", flat=True)
        }
        stays = self._theirs.count()
        if merge.is_of_sessions(self._relation):
            fates, stays = {}, 0
        # A receiver may copy a row and delete the first, or make two rows one: how many
        # the other has gained is what can be known without remembering a million keys.
        gained = max(self._others.count() - self._before, 0)
        return self._related(fates, stays=stays, moves=min(gained, self.total - stays))

    def _related(self, fates: dict[object, Fate], *, moves: int, stays: int) -> Related:
        model = self._relation.related_model
        rows = [
            Row(text=text, fate=fates.get(pk, Fate.GONE))
            for pk, text in self._first.items()
        ]
        return Related(
            model=model,
            label=model._meta.label,
            field=merge.name_of(self._relation),
            moves=moves,
            stays=stays,
            gone=self.total - stays - moves,
            rows=tuple(rows),
        )


def _text(row: Model) -> str:
    try:
        return str(row)
    except Exception:  # noqa: BLE001, the words are foreign code
        return f"{row._meta.verbose_name} {row.pk}"
