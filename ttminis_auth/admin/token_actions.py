"""Look after a TikTok identity: its tokens, profile, sessions, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables

from ..conf import conf
from ..core import database, session_hash, session_search
from ..core.locks import hold_accounts_beside
from ..errors import LoginRefused
from ..linking.staff_rules import OperatorRefused, privilege_reasons, user_name
from ..models import Identity
from ..profile import user_info
from ..removal import deauthorize, erasure
from ..tokens.refresh_identity import refresh_identity
from .base import permission
from .link_actions import OfUser, nameless, note_deletion
from .object_actions import ObjectAction, PartlyDone

# What an operator can do about it, by the code of what TikTok's answer led to. The
# texts of ``errors`` are for the user who logs in.
_WHY = {
    "misconfigured": gettext_lazy("TikTok refuses the key or the secret of the app."),
    "tiktok_unavailable": gettext_lazy("TikTok cannot be reached right now."),
    "token_refused": gettext_lazy("TikTok does not give this profile."),
}


@contextmanager
def _refusing() -> Iterator[None]:
    """Pass on why TikTok did not do what an operator asked for."""
    try:
        yield
    except LoginRefused as refusal:
        raise OperatorRefused(_WHY.get(refusal.code, refusal.code)) from None


class _AtTikTok(ObjectAction[Identity]):
    """What takes seconds. Meanwhile the identity may be erased, or unlinked."""

    def note(self, row: Any, text: str) -> None:
        """Make an entry; of an identity that is gone, without its open ID."""
        with database.atomic():
            # An erasure holds this while it blanks the history and deletes the rows.
            hold_accounts_beside(row.account_id)
            is_gone = not Identity.objects.filter(pk=row.pk).exists()
            super().note(nameless(row, _("erased")) if is_gone else row, text)


class RefreshTokens(_AtTikTok):
    """Fetch new tokens, now."""

    name = "refresh"
    label = gettext_lazy("Refresh tokens")
    permissions = ("ttminis_auth.refresh_identity",)
    takes_many = True
    command = "ttminis_refresh"

    def effects(self, row: Identity) -> Iterable[str]:
        yield _("TikTok is asked for new tokens in place of those that still live.")
        yield _("What TikTok takes no more is marked as dead, and needs a new login.")

    @sensitive_variables()
    def act(self, row: Identity) -> str:
        if not row.grants.active().exists():
            raise OperatorRefused(_("No token is alive. Only a new login helps."))
        report = refresh_identity(row)
        text = _("Tokens: %(refreshed)s refreshed, %(dead)s dead.")
        done = text % {"refreshed": report.refreshed, "dead": report.dead}
        if report.refused_apps or report.failed:
            why = _WHY["misconfigured" if report.refused_apps else "tiktok_unavailable"]
            if report.refreshed or report.dead:
                raise PartlyDone(f"{done} {why}")
            raise OperatorRefused(why)
        return done


class FetchProfile(_AtTikTok):
    """Fetch name and picture as TikTok has them today."""

    name = "fetch_profile"
    label = gettext_lazy("Fetch profile")
    permissions = ("ttminis_auth.fetch_profile_identity",)
    takes_many = True

    def effects(self, row: Identity) -> Iterable[str]:
        yield _("Name, picture and union ID are fetched from TikTok and stored.")
        yield _("If the union ID belongs to another user, too, that is looked into.")
        # No permission to merge is asked for: the same happens at the next consent.
        if conf.TTMINIS_UNION_LINKING == "merge":
            yield _("If nothing stands in the way, the two users are merged then.")

    @sensitive_variables()
    def act(self, row: Identity) -> str:
        with _refusing():
            is_known = user_info.fetch(row)
        if not is_known:
            raise OperatorRefused(_("They have not agreed to share it, or no longer."))
        return _("The profile was fetched.")


# To erase a superuser's identity locks them out as much as to unlink it, and a
# project may deactivate users whose tokens are revoked.
class _FromUser(_AtTikTok, OfUser):
    """What takes something from a user; from staff, superusers may alone.

    TikTok takes seconds to answer. Meanwhile another operator may link the identity to
    a superuser, and this operator would deactivate them or log them out.
    """

    takes_many = True
    # Nothing where several were ticked.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def obstacles(self, row: Identity) -> Iterable[str]:
        yield from super().obstacles(row)
        yield from privilege_reasons(self.request.user, row.account.user)


def _too_late(refusal: OperatorRefused) -> PartlyDone:
    """Return the message for a refusal that came after TikTok was called."""
    warning = _("The tokens may have been given back to TikTok already.")
    return PartlyDone(f"{str(refusal).rstrip('.')}. {warning}")


class Revoke(_FromUser):
    """Give the tokens back, and have TikTok take the app off the user's list."""

    name = "revoke"
    label = gettext_lazy("Revoke at TikTok")
    permissions = ("ttminis_auth.revoke_identity",)
    is_dangerous = True

    def effects(self, row: Identity) -> Iterable[str]:
        yield _("Their tokens are given back, and TikTok takes the app off their list.")
        yield _("They count as removed until they open the app again; nothing is lost.")
        yield _("What the project does when a user removes the app happens here, too.")

    @sensitive_variables()
    def act(self, row: Identity) -> str:
        self.require(row)
        try:
            with _refusing():
                deauthorize.revoke(row, require=self._require_still)
        except deauthorize.RemovalIncomplete as failed:
            text = _("The tokens were revoked. What was to follow failed: %(failed)s.")
            raise PartlyDone(text % {"failed": failed}) from None
        return _("The tokens were revoked.")

    def _require_still(self, row: Identity) -> None:
        try:
            self.require(row)
        except OperatorRefused as refusal:
            raise _too_late(refusal) from None


class EndSessions(_FromUser):
    """Log out of the mini apps, on all devices, or of the whole site."""

    name = "end_sessions"
    label = gettext_lazy("End sessions")
    permissions = ("ttminis_auth.end_sessions_identity",)
    everywhere = forms.BooleanField(
        required=False,
        label=gettext_lazy("Also those that began in another way than in a mini app"),
    )

    def effects(self, row: Identity) -> Iterable[str]:
        text = _("Sessions of %(user)s that began in a mini app end, on all devices.")
        yield text % {"user": user_name(row.account.user)}
        yield _("In TikTok, the next page logs in again by itself.")
        if session_search.can_be_found():
            yield _("With the box ticked, all others that can be found end, too.")

    def warnings(self, row: Identity) -> Iterable[str]:
        if not session_search.can_be_found():
            yield _(
                "Others cannot be found, with the box ticked or not: it takes "
                "allauth.usersessions, or sessions in the database."
            )

    def act(self, row: Identity) -> str:
        self.require(row)
        # Those of the user that was confirmed, even if the identity moves now.
        user = row.account.user
        session_hash.end(user)
        done = _("The sessions that began in a mini app have ended.")
        everywhere = self.choice["everywhere"]
        return f"{done} {_end_others(user, done)}" if everywhere else done


def _end_others(user: User, done: str) -> str:
    """End what can be found; raise PartlyDone with what was done before, if nothing."""
    try:
        ended = session_search.end(user)
    except Exception as error:
        text = _("The search for others failed: %(error)s.")
        failed = text % {"error": type(error).__name__}
        raise PartlyDone(f"{done} {failed}") from error
    if ended is None:
        raise PartlyDone(f"{done} {_('All others go on: they cannot be found.')}")
    text = ngettext(
        "%(n)s session was found in all, and deleted.",
        "%(n)s sessions were found in all, and deleted.",
        ended,
    )
    others = (
        ""
        if session_search.finds_all()
        else " " + _("Those that allauth has not noted go on.")
    )
    return text % {"n": ended} + others


class Erase(_FromUser):
    """Delete all that is kept of a user of TikTok."""

    name = "erase"
    label = gettext_lazy("Erase")
    permissions = ("ttminis_auth.erase_identity",)
    is_dangerous = True
    command = "ttminis_erase"
    revoke = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Give the tokens back to TikTok first"),
    )
    delete_user = forms.BooleanField(
        required=False,
        label=gettext_lazy("Delete the user, too, if nothing else belongs to them"),
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if not self.request.user.has_perm(permission("delete", get_user_model())):
            del self.fields["delete_user"]

    def effects(self, row: Identity) -> Iterable[str]:
        yield _("Identity, tokens, name, picture and webhook deliveries are deleted.")
        yield _(
            "The sessions of %(user)s end: those that began in a mini app, and all "
            "others that can be found."
        ) % {"user": user_name(row.account.user)}
        yield _("If they come back, they are a new user.")

    @sensitive_variables()
    def act(self, row: Identity) -> str:
        self.require(row)
        wanted = {name: on for name, on in self.choice.items() if name != "seen"}
        try:
            erased = erasure.erase(row, **wanted, require=self.require)
        except erasure.ErasureRefused as refusal:
            refused = OperatorRefused(refusal)
            raise _too_late(refused) if refusal.revoked else refused from None
        except OperatorRefused as refused:
            raise _too_late(refused) if wanted["revoke"] else refused from None
        rows = sum(erased.rows.values())
        done = ngettext("Erased: %(n)s row.", "Erased: %(n)s rows.", rows) % {"n": rows}
        if erased.sessions is None:
            done += " " + _("Sessions that began outside of the mini apps may go on.")
        return done

    def log(self, row: Identity, done: str) -> None:
        """Note the operator, and not the open ID, which is erased for good."""
        note_deletion(self, row, _("erased"))


TOKEN_ACTIONS = (RefreshTokens, FetchProfile, EndSessions, Revoke, Erase)
