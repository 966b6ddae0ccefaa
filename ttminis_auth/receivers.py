"""Receivers of Django's and allauth's signals of logins, logouts and deletions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import TypeGuard

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in as allauth_user_logged_in
from allauth.account.signals import user_signed_up
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.signals import (
    pre_social_login,
    social_account_added,
    social_account_updated,
)
from django.apps import apps
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.signals import request_finished
from django.db.models import Model, QuerySet
from django.db.models.signals import pre_delete, pre_save
from django.dispatch import Signal
from django.http import HttpRequest
from django.shortcuts import redirect

from .conf import conf
from .core import counts, database, deletion, logouts, session_hash, sessions
from .core.client_apps import PROVIDER_ID, keeps_identities
from .core.identities import ensure_identity
from .core.users import require_shown
from .endpoints import cors
from .login import foreign_providers
from .login.sociallogin import ASKED_AT, SESSIONS_MARK, TTMinisSocialLogin
from .models import Identity
from .tokens.revoke import revoke_once_deleted
from .webhooks import handlers

CODE = "ttminis_code"
# As Django does it.
BLANK = "*" * 20


def connect() -> None:
    """Connect the receivers, once."""
    uid = "ttminis_auth"
    refuse_foreigners(uid)
    user_logged_in.connect(note_backend, dispatch_uid=uid)
    user_logged_out.connect(note_logout, dispatch_uid=uid)
    allauth_user_logged_in.connect(refuse_hidden, dispatch_uid=f"{uid}.hidden")
    allauth_user_logged_in.connect(note_sociallogin, dispatch_uid=uid)
    user_signed_up.connect(complete_signup, dispatch_uid=uid)
    user_signed_up.connect(count_signup, dispatch_uid=f"{uid}.counts")
    social_account_added.connect(complete_signup, dispatch_uid=uid)
    cors.connect()
    hold_before_deletions(uid)
    pre_delete.connect(give_tokens_back, sender=Identity, dispatch_uid=uid)
    pre_delete.connect(end_sessions, sender=Identity, dispatch_uid=f"{uid}.sessions")
    request_finished.connect(counts.note_finished_request, dispatch_uid=uid)
    hide_failed_codes()


# Receivers of ``user_login_failed`` get the credentials that failed. Django blanks
# those with "token", "key", "secret" or the like in their name, and a backend cannot
# add a name. A receiver of ours that blanks the code comes too late for those connected
# before it, and for asynchronous ones, which all run at once. Our backend may never be
# asked, where another one refuses first. So the function that Django itself cleans with
# is wrapped. Where a new Django has no such function, the site does not start.


def hide_failed_codes() -> None:
    """Let Django blank the credential ``ttminis_code`` as it blanks a password."""
    name = "_clean_credentials"
    setattr(auth, name, _blanking_codes(getattr(auth, name)))


def _blanking_codes(clean: Callable[..., object]) -> Callable[..., object]:
    @wraps(clean)
    def cleaned(credentials: dict[str, object]) -> object:
        known = {CODE: BLANK} if CODE in credentials else {}
        return clean(credentials | known)

    return cleaned


def refuse_foreigners(uid: str) -> None:
    """Let no app and no login of another provider pass for TikTok's."""
    # Of any sender: a project's proxy of the model, or a child, is another one.
    pre_save.connect(guard_app, dispatch_uid=f"{uid}.apps")
    for model in apps.get_models():
        # Not of any: Django would delete the rows of all models one by one for it.
        if issubclass(model, SocialApp):
            pre_delete.connect(guard_app, sender=model, dispatch_uid=f"{uid}.apps")
    for moment in _REFUSE:
        moment.connect(refuse_foreign, dispatch_uid=f"{uid}.foreign")


def hold_before_deletions(uid: str) -> None:
    """Let Django delete users, accounts and identities in the order of ``core.locks``.

    Connected before all receivers that read: on SQLite a transaction begins by a write.
    """
    models = get_user_model(), SocialAccount, Identity
    for model in apps.get_models():
        if issubclass(model, models):  # a project's proxies are senders, too
            pre_delete.connect(hold_rows, sender=model, dispatch_uid=f"{uid}.hold")


def hold_rows(
    instance: Model, using: str, origin: object = None, **kwargs: object
) -> None:
    """Take the locks that logins take, before Django deletes what they write to."""
    # Not for a copy in another database, nor for who sends the signal and deletes not.
    if using == database.alias() and database.in_transaction():
        deletion.prepare(instance, origin)


def guard_app(instance: Model, using: str, **kwargs: object) -> None:
    """Allow only superusers to write an app of TikTok's, or one that claims to be."""
    if isinstance(instance, SocialApp):
        foreign_providers.require_superuser(instance, using)


# The first two while allauth looks an account up, or a project's adapter connects one;
# the last for a login that leads to no account yet.
_REFUSE = {
    social_account_updated: foreign_providers.refuse_foreign_login,
    social_account_added: foreign_providers.refuse_foreign_account,
    pre_social_login: foreign_providers.refuse_foreign_newcomer,
}


def refuse_foreign(sociallogin: SocialLogin, signal: Signal, **kwargs: object) -> None:
    """Let no login of another provider lead to an account of TikTok's."""
    if not _keeps_identity(sociallogin):
        _REFUSE[signal](sociallogin)


# Django's signal comes first and forgets what an earlier login had noted; allauth's
# follows, and notes again. A password login over a Minis session thus ends with no
# note, and no code of TikTok's can take that session over.


def note_logout(request: HttpRequest | None, **kwargs: object) -> None:
    """Note a logout for the middleware, which shows it to the page's script."""
    if request is not None:
        logouts.note(request)


def note_backend(request: HttpRequest | None, user: User, **kwargs: object) -> None:
    """Note which app vouched for the user, if any, and let that session be ended."""
    if request is None:
        return
    logouts.forget(request)
    if getattr(request, "session", None) is None:
        return  # APIs without sessions send this signal, too
    client_key = getattr(user, sessions.SESSION_KEY, None)
    sessions.remember_app(request, client_key)
    if client_key or session_hash.is_bound(request):
        session_hash.begin(request, user)


def refuse_hidden(
    user: User, sociallogin: SocialLogin | None = None, **kwargs: object
) -> None:
    """Refuse a user that the project hides: a new one, or one that a hook named."""
    if isinstance(sociallogin, TTMinisSocialLogin):
        require_shown(user)


def note_sociallogin(
    request: HttpRequest,
    user: User,
    sociallogin: SocialLogin | None = None,
    **kwargs: object,
) -> None:
    """Note a login through allauth, also one that a second factor had held up.

    An attacker has a user's TikTok account for a minute, logs in, and leaves the page
    of the second factor open. The user takes the app off their account, or is erased.
    A login that waited since before that is refused.
    """
    if not _keeps_identity(sociallogin):
        return
    if not isinstance(sociallogin, TTMinisSocialLogin):
        _require_current(request, user, sociallogin)
    if client_key := _client_key(sociallogin):
        sessions.remember_app(request, client_key)
        session_hash.begin(request, user)
    counts.entered(sociallogin)


def count_signup(sociallogin: SocialLogin | None = None, **kwargs: object) -> None:
    """Count a first login, for which a user was just made."""
    if _keeps_identity(sociallogin):
        counts.entered(sociallogin, created=True)


def complete_signup(sociallogin: SocialLogin | None = None, **kwargs: object) -> None:
    """Store the identity of a user whose sign-up or connecting waited for a form.

    allauth parks such a login in the session and later restores it as a plain one,
    without the grant, which must not lie in a session.

    A newcomer removes the app in TikTok while the answer to their first login is on its
    way, or while the sign-up form waits. The webhook arrives, and there is no identity
    yet that it could end. So each new identity looks for such a webhook.
    """
    if not _keeps_identity(sociallogin):
        return
    account, client_key = sociallogin.account, str(sociallogin.provider.app.client_id)
    # A login that went through without a stop has given it already.
    if not isinstance(sociallogin, TTMinisSocialLogin):
        parked = sociallogin.state.get(ASKED_AT)
        asked_at = datetime.fromisoformat(parked) if parked else None
        ensure_identity(account, client_key, vouched_at=asked_at)
    run_early = partial(handlers.run_early, client_key, account.uid)
    database.on_commit(run_early, robust=True)


def end_sessions(instance: Identity, origin: object = None, **kwargs: object) -> None:
    """End the sessions of an identity that is being deleted."""
    if issubclass(_model_of(origin), get_user_model()):
        return  # a session without a user does not count
    # Another worker may have deleted the account since this deletion began.
    for account in SocialAccount.objects.filter(pk=instance.account_id):
        session_hash.end(account.user_id)


def give_tokens_back(
    instance: Identity, origin: object = None, **kwargs: object
) -> None:
    """Revoke at TikTok what goes with a disconnected account or a deleted user."""
    model = _model_of(origin)
    moment = "disconnect" if issubclass(model, SocialAccount) else None
    moment = "delete" if issubclass(model, get_user_model()) else moment
    if moment in conf.TTMINIS_REVOKE_ON:
        revoke_once_deleted(instance)


def _model_of(origin: object) -> type[object]:
    """Return of what a deletion began; some send the signal without saying."""
    return origin.model if isinstance(origin, QuerySet) else type(origin)


def _require_current(
    request: HttpRequest, user: User, sociallogin: SocialLogin
) -> None:
    """Log out, and send to the login page, who was removed since their login began."""
    open_id = sociallogin.account.uid
    client_key = str(sociallogin.provider.app.client_id)
    marked = sociallogin.state.get(SESSIONS_MARK)
    if not session_hash.is_current(user, client_key, open_id, marked):
        get_adapter(request).logout(request)
        raise ImmediateHttpResponse(redirect(conf.login_url))


def _keeps_identity(sociallogin: SocialLogin | None) -> TypeGuard[SocialLogin]:
    return sociallogin is not None and keeps_identities(sociallogin.provider)


def _client_key(sociallogin: SocialLogin | None) -> str | None:
    if sociallogin is None or sociallogin.provider.id != PROVIDER_ID:
        return None
    return str(sociallogin.provider.app.client_id)
