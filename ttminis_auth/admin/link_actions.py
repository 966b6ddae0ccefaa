"""Who an identity belongs to: link it to another user, unlink it, merge two users."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django import forms
from django.contrib.auth import get_permission_codename
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..flows import merging, moving, preview
from ..flows.operators import OperatorRefused, user_name
from ..models import Identity
from . import merge_action
from .choose_user import user_field
from .object_actions import Action, Choice, Refused
from .permitted_rows import Reach
from .token_actions import nameless


class SeenForm(forms.Form):
    """Holds whose the identity was when the operator looked.

    Between the page and the answer to it, a login or another operator may have
    moved it, and what was confirmed would be done to somebody else.
    """

    seen = forms.CharField(widget=forms.HiddenInput)


class ReachForm(SeenForm):
    """Its choice holds as ``reach`` whom the operator may do the action to."""

    def __init__(self, reach: Reach, data: Any) -> None:
        super().__init__(data)
        self.reach = reach

    def clean(self) -> dict[str, Any]:
        """Add what no browser can send."""
        return {**self.cleaned_data, "reach": self.reach}


class OtherUserForm(ReachForm):
    """Another user."""

    field_order = ("user", "stays")

    def __init__(
        self,
        admin: Any,
        request: HttpRequest,
        data: Any,
        action: Action[Identity],
        label: str,
    ) -> None:
        super().__init__(Reach(admin.admin_site, request, action), data)
        self.fields["user"] = user_field(admin.admin_site, request, label)
        # From the page of an action that named this one as the way out.
        self.fields["user"].initial = request.GET.get("user")
        self.order_fields(self.field_order)


class MergeForm(OtherUserForm):
    """Another user, and which of the two is to stay."""

    stays = forms.ChoiceField(
        label=gettext_lazy("Who stays"),
        widget=forms.RadioSelect,
        initial="theirs",
        choices=[
            ("theirs", gettext_lazy("the user of this identity")),
            ("other", gettext_lazy("the other user")),
        ],
    )


class _OfUser(Action[Identity]):
    """What depends on whose the identity is."""

    is_local = True

    def initial(self, row: Identity) -> dict[str, Any]:
        return {"seen": row.account.user_id}

    def log(self, admin: Any, request: HttpRequest, row: Identity, done: str) -> None:
        """Note it in the history of the user, too, whose the identity is now."""
        super().log(admin, request, row, done)
        now = Identity.objects.with_user().get(pk=row.pk)
        admin.log_change(request, now.account.user, self.entry(done))


class Link(_OfUser):
    """Another user's, from now on."""

    name = "link"
    label = gettext_lazy("Link to another user")
    asks_first = True
    instead = "merge"

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        return OtherUserForm(admin, request, data, self, _("User"))

    def obstacles(
        self, row: Identity, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        yield from _beyond_reach(row, choice)
        yield from moving.reasons_against(row, choice["user"], request.user)

    def warnings(self, row: Identity, choice: Choice) -> Iterable[object]:
        return moving.warnings_about(row, choice["user"])

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        names = {
            "old": user_name(row.account.user),
            "new": user_name(choice["user"]),
        }
        yield _("At the next login from TikTok, this person is %(new)s.") % names
        yield _("%(old)s stays, with all that belongs to them.") % names
        yield _("The sessions of %(old)s that began in a mini app end.") % names

    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        names = {
            "old": user_name(row.account.user),
            "new": user_name(choice["user"]),
        }
        with refusing():
            moving.move(
                row,
                choice["user"],
                by=request.user,
                expected_user_pk=choice["seen"],
                require=choice["reach"].require,
            )
        return _("Linked to %(new)s; before, it was %(old)s.") % names

    def log(self, admin: Any, request: HttpRequest, row: Identity, done: str) -> None:
        """Note it in the history of the former user, too: both tell of it."""
        super().log(admin, request, row, done)
        admin.log_change(request, row.account.user, self.entry(done))


class Unlink(_OfUser):
    """Nobody's any more."""

    name = "unlink"
    label = gettext_lazy("Unlink")
    is_dangerous = True

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        return SeenForm(data)

    def obstacles(
        self, row: Identity, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        return moving.reasons_against_unlink(row, request.user)

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        yield _("%(user)s stays, without this TikTok account and its tokens.") % {
            "user": user_name(row.account.user)
        }
        yield _("At the next login from TikTok, this person is a new user.")

    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        user = user_name(row.account.user)
        with refusing():
            moving.unlink(row, by=request.user, expected_user_pk=choice["seen"])
        return _("Unlinked from %(user)s.") % {"user": user}

    def log(self, admin: Any, request: HttpRequest, row: Identity, done: str) -> None:
        """Note it in the history of the user: the identity is gone."""
        admin.log_deletions(request, [nameless(row, _("unlinked"))])
        admin.log_change(request, row.account.user, self.entry(done))


class Merge(_OfUser):
    """Two users who are one person."""

    name = "merge"
    label = gettext_lazy("Merge with another user")
    asks_first = True
    is_dangerous = True
    picture_template = "ttminis_auth/admin/_plan.html"

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        return MergeForm(admin, request, data, self, _("Other user"))

    def initial(self, row: Identity) -> dict[str, Any]:
        """Have the user stay who has more to lose; nothing is known of the other."""
        stays = "theirs" if merge_action.has_more(row.account.user) else "other"
        return {**super().initial(row), "stays": stays}

    def warnings(self, row: Identity, choice: Choice) -> Iterable[object]:
        return merge_action.warnings(*_pair(row, choice))

    def obstacles(
        self, row: Identity, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        return _beyond_reach(row, choice)

    def picture(self, row: Identity, choice: Choice, request: HttpRequest) -> Plan:
        return Plan(*_pair(row, choice), request)

    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        goes, stays = _pair(row, choice)
        names = user_name(goes), user_name(stays)
        require = partial(_require_seen, row, choice)
        with refusing():
            left = merging.merge_by_hand(goes, stays, by=request.user, require=require)
        return merged_text(*names, left)


class Plan:
    """What a merge would do, as far as the operator may see it."""

    def __init__(self, goes: Any, stays: Any, request: HttpRequest) -> None:
        self.goes, self.stays = user_name(goes), user_name(stays)
        self.plan = preview.plan(goes, stays, by=request.user)
        self.blocked = self.plan.blocked
        self.related = [
            # Some models call their rows by what is in them.
            (related, related.rows if _may_view(request, related.model) else ())
            for related in self.plan.related
        ]


def _may_view(request: HttpRequest, model: Any) -> bool:
    codename = get_permission_codename("view", model._meta)
    return request.user.has_perm(f"{model._meta.app_label}.{codename}")


@contextmanager
def refusing() -> Iterator[None]:
    """Pass on why ``flows`` refuse what an operator asked for."""
    try:
        yield
    except OperatorRefused as refusal:
        raise Refused(refusal.reasons) from None
    except merging.MergeVetoed as veto:
        raise Refused([veto]) from None


def merged_text(goes: str, stays: str, left: list[str]) -> str:
    """Say what a merge has done; ``left`` is what keeps the user who went alive."""
    names = {"goes": goes, "stays": stays, "left": ", ".join(left)}
    text = _("%(goes)s was merged into %(stays)s.") % names
    if left:
        text += " " + _("%(goes)s is kept, inactive, by rows of %(left)s.") % names
    return text


def _require_seen(row: Identity, choice: Choice) -> None:
    """Ask with both users held: a second click finds the identity moved."""
    now = Identity.objects.with_user().get(pk=row.pk)
    if str(now.account.user_id) != choice["seen"]:
        raise Refused([_("It was changed meanwhile. Look again.")])
    choice["reach"].require(*_both(row, choice))


def _beyond_reach(row: Identity, choice: Choice) -> list[str]:
    found: list[str] = choice["reach"].reasons_against(*_both(row, choice))
    return found


def _both(row: Identity, choice: Choice) -> tuple[Any, Any]:
    return row.account.user, choice["user"]


def _pair(row: Identity, choice: Choice) -> tuple[Any, Any]:
    """Return who goes, and who stays."""
    theirs, other = _both(row, choice)
    return (other, theirs) if choice["stays"] == "theirs" else (theirs, other)
