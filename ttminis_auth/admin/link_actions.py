"""Which user an identity leads to: link it to another, unlink it, merge two users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from allauth.socialaccount.models import SocialAccount
from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..linking import merge, relink
from ..linking.staff_rules import user_name
from ..models import Identity
from .base import permission
from .merge_action import MergeAction, has_more, who_stays
from .object_actions import ObjectAction
from .permitted_rows import reasons_against


class OfUser(ObjectAction[Identity]):
    """What depends on which user the identity leads to.

    ``seen`` is that user when the operator looked. Between the page and the answer to
    it, a login or another operator may have moved the identity, and what was confirmed
    would be done to another user. So ``require`` is asked again under the locks.
    """

    seen = forms.CharField(widget=forms.HiddenInput)

    def initial_for(self, row: Identity) -> dict[str, object]:
        return {"seen": row.account.user_id}

    def obstacles(self, row: Identity) -> Iterable[str]:
        if reason := relink.changed(row, self.choice.get("seen") or None):
            yield reason


class _WithAnotherUser(OfUser):
    """An action with a second user, whose key or name is ``user``."""

    asks_first = True
    is_local = True
    user_label: ClassVar[Promise]

    def __init__(
        self,
        admin: ModelAdmin[Identity],
        request: HttpRequest,
        data: QueryDict | None = None,
    ) -> None:
        super().__init__(admin, request, data)
        field = UserField(admin.admin_site, request, label=self.user_label)
        self.fields = {"user": field, **self.fields}

    def initial_for(self, row: Identity) -> dict[str, object]:
        """Take over the user chosen on the page of an action that led to this one."""
        return {**super().initial_for(row), "user": self.request.GET.get("user")}

    def obstacles(self, row: Identity) -> Iterable[str]:
        """Refuse where the operator may not do this to each identity of both users."""
        yield from super().obstacles(row)
        both = row.account.user, self.choice["user"]
        yield from reasons_against(self, type(self), *both)

    def log(self, row: Identity, done: str) -> None:
        """Note it in the history of the identity's new user, too."""
        super().log(row, done)
        self.note(Identity.objects.with_user().get(pk=row.pk).account.user, done)


class Link(_WithAnotherUser):
    """Move the identity to another user."""

    name = "link"
    label = gettext_lazy("Link to another user")
    permissions = ("ttminis_auth.link_identity",)
    instead = "merge"
    user_label = gettext_lazy("User")

    def obstacles(self, row: Identity) -> Iterable[str]:
        yield from super().obstacles(row)
        yield from relink.reasons_against(row, self.choice["user"], self.request.user)

    def warnings(self, row: Identity) -> Iterable[str]:
        return relink.warnings_about(row, self.choice["user"])

    def effects(self, row: Identity) -> Iterable[str]:
        names = self._names(row)
        yield _("At the next login from TikTok, this person is %(new)s.") % names
        yield _("%(old)s stays, with all that belongs to them.") % names
        yield _("The sessions of %(old)s that began in a mini app end.") % names

    def act(self, row: Identity) -> str:
        names = self._names(row)
        relink.link(
            row,
            self.choice["user"],
            by=self.request.user,
            expected_user_pk=self.choice["seen"],
            require=lambda *users: self.require(row),
        )
        return _("Linked to %(new)s; before, it was %(old)s.") % names

    def log(self, row: Identity, done: str) -> None:
        """Note it in the history of the former user, too."""
        super().log(row, done)
        self.note(row.account.user, done)

    def _names(self, row: Identity) -> dict[str, str]:
        old, new = row.account.user, self.choice["user"]
        return {"old": user_name(old), "new": user_name(new)}


class Unlink(OfUser):
    """Delete the identity with its account and tokens, and leave the user."""

    name = "unlink"
    label = gettext_lazy("Unlink")
    permissions = ("ttminis_auth.unlink_identity",)
    is_dangerous = True
    is_local = True

    def obstacles(self, row: Identity) -> Iterable[str]:
        yield from super().obstacles(row)
        yield from relink.reasons_against_unlink(row, self.request.user)

    def effects(self, row: Identity) -> Iterable[str]:
        names = {"user": user_name(row.account.user)}
        yield _("%(user)s stays, without this TikTok account and its tokens.") % names
        yield _("At the next login from TikTok, this person is a new user.")

    def act(self, row: Identity) -> str:
        names = {"user": user_name(row.account.user)}
        by, seen = self.request.user, self.choice["seen"]
        relink.unlink(row, by=by, expected_user_pk=seen)
        return _("Unlinked from %(user)s.") % names

    def log(self, row: Identity, done: str) -> None:
        """Note it in the history of the user: the identity is gone."""
        note_deletion(self, row, _("unlinked"))
        self.note(row.account.user, done)


class Merge(_WithAnotherUser, MergeAction[Identity]):
    """Make one user of two who are one person."""

    name = "merge"
    label = gettext_lazy("Merge with another user")
    permissions = ("ttminis_auth.merge_identity",)
    user_label = gettext_lazy("Other user")
    stays = who_stays(
        ("theirs", gettext_lazy("the user of this identity")),
        ("other", gettext_lazy("the other user")),
    )

    def initial_for(self, row: Identity) -> dict[str, object]:
        """Choose the user to stay who has more to lose; the other is not known yet."""
        stays = "theirs" if has_more(row.account.user) else "other"
        return {**super().initial_for(row), "stays": stays}

    def pair(self, row: Identity) -> tuple[User, User]:
        theirs, other = row.account.user, self.choice["user"]
        return (other, theirs) if self.choice["stays"] == "theirs" else (theirs, other)

    def merge(self, row: Identity, goes: User, stays: User) -> list[str]:
        def require() -> None:
            # A second click finds the identity moved.
            self.require(Identity.objects.with_user().get(pk=row.pk))

        return merge.merge_users(goes, stays, by=self.request.user, require=require)


def note_deletion(form: ObjectAction[Identity], row: Identity, text: str) -> None:
    """Note a deleted identity in the history, without its open ID."""
    gone = [nameless(row, text)]
    form.admin.log_deletions(form.request, gone)  # type: ignore[arg-type]


def nameless(row: Identity, text: str) -> Identity:
    """Return what the history calls an identity that is gone."""
    return Identity(pk=row.pk, client_key=row.client_key, open_id=text)


class UserField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Takes only users that the operator may view, and shows no others.

    Without a user admin that can complete names, the whole name is typed.
    """

    def __init__(self, site: AdminSite, request: HttpRequest, **kwargs: Any) -> None:
        model, self.request = get_user_model(), request
        self.admin: ModelAdmin[User] | None = None
        if site.is_registered(model):
            self.admin = site.get_model_admin(model)
            users = self.admin.get_queryset(request)
        else:
            users = model._default_manager.all()
        if self.admin and self.admin.get_search_fields(request):
            column = SocialAccount._meta.get_field("user")
            kwargs |= {"widget": AutocompleteSelect(column, site)}
        else:
            name = model.USERNAME_FIELD
            kwargs |= {"widget": forms.TextInput, "to_field_name": name}
        super().__init__(users, **kwargs)

    def to_python(self, value: object) -> object:
        """Return the user; one that the operator may not view counts as missing."""
        if value in self.empty_values:
            return None
        # PostgreSQL raises where a text has a null byte.
        user = None if "\x00" in str(value) else super().to_python(value)
        if user is None or not self._may_view(user):
            text = self.error_messages["invalid_choice"]
            raise ValidationError(text, "invalid_choice")
        return user

    def prepare_value(self, value: object) -> object:
        """Leave out what is no choice: the widget would show the name of any key."""
        try:
            return super().prepare_value(self.to_python(value))
        except ValidationError:
            return None

    def _may_view(self, user: User) -> bool:
        if self.admin:
            return self.admin.has_view_permission(self.request, user)
        return self.request.user.has_perm(permission("view", user))
