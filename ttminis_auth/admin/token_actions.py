"""Look after somebody's TikTok identity: tokens, profile, sessions, and its end."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib.auth import get_permission_codename, get_user_model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_variables

from ..conf import conf
from ..flows import deauthorize, privacy, profile, session_hash, session_search
from ..flows.errors import LoginRefused
from ..flows.operators import privilege_reasons, user_name
from ..flows.refresh_person import refresh_identity
from ..models import Identity
from .object_actions import Action, Choice, Refused, Tried

# What an operator can do about it, by the code of what TikTok's answer led to. The
# texts of ``flows.errors`` are for the person who logs in.
_WHY = {
    "misconfigured": gettext_lazy("TikTok refuses the key or the secret of the app."),
    "tiktok_unavailable": gettext_lazy("TikTok cannot be reached right now."),
    "token_refused": gettext_lazy("TikTok does not give this profile."),
}


def _refused(refusal: LoginRefused) -> Refused:
    return Refused([_WHY.get(refusal.code, refusal.code)])


class RefreshTokens(Action[Identity]):
    """New tokens, now."""

    name = "refresh"
    label = gettext_lazy("Refresh tokens")
    takes_many = True

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        yield _("TikTok is asked for new tokens in place of those that still live.")
        yield _("What TikTok takes no more is marked as dead, and needs a new login.")

    @sensitive_variables()
    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        if not row.grants.living().exists():
            raise Refused([_("No token is alive. Only a new login helps.")])
        tally = refresh_identity(row)
        done = _("Tokens: %(refreshed)s refreshed, %(dead)s dead.") % {
            "refreshed": tally.refreshed,
            "dead": tally.dead,
        }
        if tally.refused_apps or tally.failed:
            why = _WHY["misconfigured" if tally.refused_apps else "tiktok_unavailable"]
            if tally.refreshed or tally.dead:
                raise Tried([f"{done} {why}"])
            raise Refused([why])
        return done


class FetchProfile(Action[Identity]):
    """Name and picture as TikTok has them today."""

    name = "fetch_profile"
    label = gettext_lazy("Fetch profile")
    takes_many = True

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        yield _("Name, picture and union ID are fetched from TikTok and stored.")
        yield _("If the union ID belongs to another user, too, that is looked into.")
        # No permission to merge is asked for: the same happens at the next consent.
        if conf.TTMINIS_UNION_LINKING == "merge":
            yield _("If nothing stands in the way, the two users are merged then.")

    @sensitive_variables()
    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        try:
            is_known = profile.refresh(row)
        except LoginRefused as refusal:
            raise _refused(refusal) from None
        if not is_known:
            raise Refused([_("They have not agreed to share it, or no longer.")])
        return _("The profile was fetched.")


class OwnerForm(forms.Form):
    """Holds whose the one identity was when the operator looked, as for a link.

    Nothing where several were ticked: nobody has looked at each of these users, and
    that none of them is staff is asked of each again when it is their turn.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)


# To erase a superuser's identity locks them out as well as to unlink it does, and a
# project may have whoever was revoked deactivated.
class _FromUser(Action[Identity]):
    """What takes something from a user; from staff, superusers may alone."""

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        return OwnerForm(data)

    def initial(self, row: Identity) -> dict[str, Any]:
        return {"seen": row.account.user_id}

    def obstacles(
        self, row: Identity, choice: Choice, request: HttpRequest
    ) -> Iterable[object]:
        user = row.account.user
        if choice.get("seen") and choice["seen"] != str(user.pk):
            text = _("It was changed meanwhile, and is linked to %(user)s. Look again.")
            return [text % {"user": user_name(user)}]
        return privilege_reasons(request.user, user)


# TikTok takes seconds to answer. A colleague links the identity to a superuser in
# these, and support would have them deactivated or their sessions ended: so the flows
# ask ``Action.require`` again once the identity is held.
def _too_late(refusal: Refused) -> Tried:
    """Return what to say where that was found out after TikTok was told."""
    told = _("The tokens may have been given back to TikTok already.")
    return Tried([f"{str(refusal).rstrip('.')}. {told}"])


class Revoke(_FromUser):
    """Off the person's list of apps."""

    name = "revoke"
    label = gettext_lazy("Revoke at TikTok")
    takes_many = True
    is_dangerous = True

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        yield _("Their tokens are given back, and TikTok takes the app off their list.")
        yield _("They count as removed until they open the app again; nothing is lost.")
        yield _(
            "What the project does when somebody removes the app happens here, too."
        )

    @sensitive_variables()
    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        self.require(row, choice, request)
        require = partial(self.require, choice=choice, request=request)
        try:
            deauthorize.revoke(row, require=require)
        except LoginRefused as refusal:
            raise _refused(refusal) from None
        except Refused as refusal:
            raise _too_late(refusal) from None
        except deauthorize.RemovalIncomplete as failed:
            text = _("The tokens were revoked. What was to follow failed: %(failed)s.")
            raise Tried([text % {"failed": failed}]) from None
        return _("The tokens were revoked.")


class SessionsForm(OwnerForm):
    """Which sessions."""

    everywhere = forms.BooleanField(
        required=False,
        label=gettext_lazy("Also those that began in another way than in a mini app"),
    )


class EndSessions(_FromUser):
    """Out of the mini apps, on all devices, or of the whole site."""

    name = "end_sessions"
    label = gettext_lazy("End sessions")
    takes_many = True

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        return SessionsForm(data)

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        text = _("Sessions of %(user)s that began in a mini app end, on all devices.")
        yield text % {"user": user_name(row.account.user)}
        yield _("In TikTok, the next page logs in again by itself.")
        if session_search.can_be_found():
            yield _("With the box ticked, all others that can be found end, too.")

    def warnings(self, row: Identity, choice: Choice) -> Iterable[object]:
        if not session_search.can_be_found():
            yield _(
                "Others cannot be found, with the box ticked or not: it takes "
                "allauth.usersessions, or sessions in the database."
            )

    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        self.require(row, choice, request)
        # Those of the user just asked about, whoever gets the identity now.
        user = row.account.user
        session_hash.end(user)
        done = _("The sessions that began in a mini app have ended.")
        return f"{done} {_end_others(user, done)}" if choice["everywhere"] else done


def _end_others(user: Any, done: str) -> str:
    """End what can be found; raise Tried with what was done before, where none can."""
    try:
        ended = session_search.end(user)
    except Exception as error:
        text = _("The search for others failed: %(error)s.")
        raise Tried([f"{done} {text % {'error': type(error).__name__}}"]) from error
    if ended is None:
        raise Tried([f"{done} {_('All others go on: they cannot be found.')}"])
    text = ngettext(
        "%(n)s session was found in all, and deleted.",
        "%(n)s sessions were found in all, and deleted.",
        ended,
    )
    told = text % {"n": ended}
    if session_search.finds_all():
        return told
    return told + " " + _("Those that allauth has not noted go on.")


class EraseForm(OwnerForm):
    """How much goes."""

    revoke = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Give the tokens back to TikTok first"),
    )
    delete_user = forms.BooleanField(
        required=False,
        label=gettext_lazy("Delete the user, too, if nothing else belongs to them"),
    )


class Erase(_FromUser):
    """All that is kept of somebody."""

    name = "erase"
    label = gettext_lazy("Erase")
    takes_many = True
    is_dangerous = True

    def form(self, admin: Any, request: HttpRequest, data: Any = None) -> forms.Form:
        form = EraseForm(data)
        opts = get_user_model()._meta
        codename = get_permission_codename("delete", opts)
        if not request.user.has_perm(f"{opts.app_label}.{codename}"):
            del form.fields["delete_user"]
        return form

    def effects(self, row: Identity, choice: Choice) -> Iterable[object]:
        yield _("Identity, tokens, name, picture and webhook deliveries are deleted.")
        yield _(
            "The sessions of %(user)s end: those that began in a mini app, and all "
            "others that can be found."
        ) % {"user": user_name(row.account.user)}
        yield _("If they come back, they are a new user.")

    @sensitive_variables()
    def act(self, row: Identity, choice: Choice, request: HttpRequest) -> str:
        self.require(row, choice, request)
        require = partial(self.require, choice=choice, request=request)
        wanted = {name: value for name, value in choice.items() if name != "seen"}
        try:
            erased = privacy.erase(row, **wanted, require=require)
        except privacy.ErasureRefused as refusal:
            refused = Refused(refusal.reasons)
            raise _too_late(refused) if refusal.revoked else refused from None
        except Refused as refused:
            raise _too_late(refused) if choice["revoke"] else refused from None
        rows = sum(erased.rows.values())
        text = ngettext("Erased: %(n)s row.", "Erased: %(n)s rows.", rows)
        done = text % {"n": rows}
        if erased.sessions is None:
            done += " " + _("Sessions that began outside of the mini apps may go on.")
        return done

    def log(self, admin: Any, request: HttpRequest, row: Identity, done: str) -> None:
        """Note who erased, and not whom: the open ID is gone for good."""
        admin.log_deletions(request, [nameless(row, _("erased"))])


def nameless(identity: Identity, text: str) -> Identity:
    """Return what the history may keep of an identity that is gone."""
    return Identity(pk=identity.pk, client_key=identity.client_key, open_id=text)
