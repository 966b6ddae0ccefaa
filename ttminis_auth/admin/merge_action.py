"""A merge of two users, from an identity as from the queue of conflicts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from types import SimpleNamespace

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..linking import merge_preview
from ..linking.other_logins import Credential, credentials_of
from ..linking.staff_rules import rights_of, user_name
from .base import Row, permission
from .object_actions import ObjectAction


class MergeAction(ObjectAction[Row]):
    """Make one user of two; ``pair`` says which of them goes and which stays."""

    asks_first = True
    is_dangerous = True
    is_local = True

    @abstractmethod
    def pair(self, row: Row) -> tuple[User, User]:
        """Return who goes, and who stays."""

    @abstractmethod
    def merge(self, row: Row, goes: User, stays: User) -> list[str]:
        """Do it, and return the labels of what keeps the user who goes alive."""

    def warnings(self, row: Row) -> Iterable[str]:
        return _warnings(*self.pair(row))

    def plan(self, row: Row) -> SimpleNamespace:
        """Return what a merge would do, as far as the operator may see it."""
        goes, stays = self.pair(row)
        plan = merge_preview.plan_merge(goes, stays, by=self.request.user)
        # Some models call their rows by what is in them.
        rows = [(each, each.rows if self._shows(each) else ()) for each in plan.related]
        names = {"goes": user_name(goes), "stays": user_name(stays)}
        return SimpleNamespace(plan=plan, blocked=plan.blocked, related=rows, **names)

    def _shows(self, related: merge_preview.Related) -> bool:
        return self.request.user.has_perm(permission("view", related.model))

    def act(self, row: Row) -> str:
        goes, stays = self.pair(row)
        names = {"goes": user_name(goes), "stays": user_name(stays)}
        left = self.merge(row, goes, stays)
        done = _("%(goes)s was merged into %(stays)s.") % names
        if left:
            text = _("%(goes)s is kept, inactive, by rows of %(left)s.")
            done += " " + text % {**names, "left": ", ".join(left)}
        return done


def who_stays(*choices: tuple[str, object]) -> forms.ChoiceField:
    """Return the radio buttons that say which of two users is to stay."""
    return forms.ChoiceField(
        label=gettext_lazy("Who stays"), widget=forms.RadioSelect, choices=choices
    )


def has_more(user: User) -> bool:
    """Return whether anything but TikTok leads into the user, or gives them rights."""
    return bool(credentials_of(user) or rights_of(user))


# An attacker connects a victim's TikTok account to a user of the attacker's. The server
# reports the two, and does not merge them. An operator who merges them gives the
# victim's user to the attacker, who knows the password of the other one.
def _warnings(goes: User, stays: User) -> Iterator[str]:
    """Return what is lost with the user who goes, and who has the user who stays."""
    names = {"goes": user_name(goes), "stays": user_name(stays)}
    found = credentials_of(goes)
    lost = [str(each.label) for each in found if each != Credential.ACCOUNT]
    if rights_of(goes) - rights_of(stays):
        lost.append(_("permissions or groups"))
    if lost:
        text = _("This does not go along, and %(goes)s loses it: %(lost)s.")
        yield text % {**names, "lost": ", ".join(lost)}
    if Credential.ACCOUNT in found:
        yield _("Other social accounts of %(goes)s then lead to %(stays)s.") % names
    if ways := [str(each.label) for each in credentials_of(stays)]:
        text = _(
            "%(stays)s also has: %(ways)s. Make sure that it is the same person's: it "
            "then opens all that was %(goes)s's."
        )
        yield text % {**names, "ways": ", ".join(ways)}
