"""allauth's ``SocialLogin`` for a login with a Minis code.

allauth drives every login through three methods of this object: ``lookup`` (who is
it?), ``save`` (a newcomer) and ``connect`` (an addition). Overriding just these keeps
all of allauth's hooks and signals in place, for our own views as well as for
allauth's headless endpoint.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import cached_property

from allauth.core import context
from allauth.socialaccount import signals
from allauth.socialaccount.models import (
    SocialAccount,
    SocialApp,
    SocialLogin,
    SocialToken,
)
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db import IntegrityError
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from ..conf import conf
from ..core import counts, database, session_hash, sessions
from ..core.client_apps import provider_to_store
from ..core.failures import note_failure
from ..core.identities import ensure_identity
from ..core.locks import hold_account
from ..core.user_columns import obstacles, store_null_for_blank
from ..core.users import as_now, fill_blank_names, require_shown
from ..errors import Misconfigured, Overtaken
from ..identity import Person, merged_extra_data
from ..models import Identity
from ..models.prepared import Param, Prepared
from ..signals import profile_fetched
from ..tiktok.types import TokenGrant
from . import allauth_steps, policy
from .policy import Step

logger = logging.getLogger("ttminis_auth")

# In the state of a login that waits: what ``session_hash.mark`` said of its user, and
# when TikTok was asked who that is.
SESSIONS_MARK, ASKED_AT = "ttminis_sessions_mark", "ttminis_asked_at"


def social_token(app: SocialApp, token_grant: TokenGrant) -> SocialToken:
    """Return the copy that allauth keeps under ``SOCIALACCOUNT_STORE_TOKENS``."""
    seconds, refresh = token_grant.expires_in, token_grant.refresh_token
    return SocialToken(
        # An app from the settings has no row that a token could point to.
        app=app if app.pk else None,
        token=token_grant.access_token.reveal(),
        token_secret=refresh.reveal() if refresh else "",
        expires_at=timezone.now() + timedelta(seconds=seconds) if seconds else None,
    )


def _known() -> QuerySet[Identity]:
    identities = session_hash.with_valid_from(Identity.objects.with_user())
    params = {name: Param(Identity, name) for name in ("client_key", "open_id")}
    return identities.filter(**params).with_grants()


def _owned() -> QuerySet[SocialAccount]:
    accounts = SocialAccount.objects.filter(pk=Param(SocialAccount, "id", "account"))
    # An expression has no index. With one, MariaDB locks its entry before the row, and
    # is deadlocked with a deletion of the account, which locks the row first.
    user = Coalesce("user", "user")
    return accounts.alias(user_now=user).filter(user_now=Param(SocialAccount, "user"))


_KNOWN, _OWNED = Prepared(_known), Prepared(_owned)


def _require_room(user: User, error: IntegrityError) -> None:
    if found := list(obstacles(type(user))):
        model, columns = user._meta.label, "; ".join(found)
        # With the place: a receiver of the project's may be what the database refused.
        note_failure(f"{model} cannot hold two TikTok users: {columns}", error)
        raise Misconfigured


class TTMinisSocialLogin(SocialLogin):
    """A login in progress that knows who TikTok says it is.

    Attributes:
        person: the grant and, after a consent, the profile.
        created: whether this login made the Django user.
        is_kept: whether its grant and profile are stored, by an earlier pass.
        stored_user_pk: the key of the user that this login has found or committed, or
            None. A user whose save was rolled back has a key, too, and was never there.
        is_minis: whether the session will be a Minis session.
        is_allauths: whether a view of allauth's drives it, and no endpoint of ours.
    """

    user: User
    is_minis, is_allauths = True, False

    def __init__(self, plain: SocialLogin, person: Person) -> None:
        super().__init__(
            user=plain.user,
            account=plain.account,
            email_addresses=plain.email_addresses,
            provider=plain.provider,
            phone=plain.phone,
            phone_verified=plain.phone_verified,
        )
        self.token = social_token(self.provider.app, person.token_grant)
        self.person = person
        self.created = self.is_kept = False
        # allauth would look the provider up by name, and fail if another app has that
        # name.
        self.account._provider = self.provider
        self.stored_user_pk: object = None
        self._step: Step | None = None

    def anew(
        self, request: HttpRequest, person: Person | None = None
    ) -> TTMinisSocialLogin:
        """Return this login before its first step, with the rows as they are now.

        Raises Overtaken if the user was found before, and was erased, unlinked or
        deleted since: a login that began earlier must not bring the user back. Nor may
        it bring the profile of before to the user of a login that began after.
        """
        new = self.provider.sociallogin_from_response(request, person or self.person)
        again: TTMinisSocialLogin = new
        again.state = self.state
        # Models compare their keys, and an account that is made anew has another one.
        if self.found_account and self.found_account != again.found_account:
            raise Overtaken
        return again

    def after_merge(self, request: HttpRequest) -> TTMinisSocialLogin:
        """Return this login before its first step, after a merge took its user away.

        The tokens are stored by now, and another worker may have renewed them: to store
        them again would overwrite the new pair with an invalid one.
        """
        again = self.anew(request)
        again.is_kept = True
        return again

    @property
    def token_grant(self) -> TokenGrant:
        """What TikTok granted."""
        return self.person.token_grant

    @property
    def client_key(self) -> str:
        """The client key of the app that the code was issued for."""
        return str(self.provider.app.client_id)

    @cached_property
    def found_account(self) -> SocialAccount | None:
        """The stored account of this person in this app, or None for a newcomer."""
        return self._find_account()

    def step(self, request: HttpRequest) -> Step:
        """Return what this login may do to the session; raises LoginRefused.

        The policy is asked once for each look at what is stored, see ``anew``.
        """
        if self._step is None:
            account = self.found_account
            self._step = policy.decide(
                current=request.user if request.user.is_authenticated else None,
                owner=account.user if account else None,
                process=self.state.get("process", "login"),
                minis_session=sessions.is_from_app(request, self.client_key),
            )
        return self._step

    def _find_account(self) -> SocialAccount | None:
        # By app and open_id, never by open_id alone: TikTok promises nothing about two
        # apps' numbers, so the same one may be two people.
        names = {"client_key": self.client_key, "open_id": self.token_grant.open_id}
        identity = Identity.of_rows(_KNOWN.rows(**names))
        # Some collations find an open_id whatever its case: that is another person.
        if identity and all(getattr(identity, n) == said for n, said in names.items()):
            return identity.account
        return self._account_without_identity()

    @property
    def is_existing(self) -> bool:
        """Whether allauth should log in rather than sign up."""
        if self.user is not None and not self.account._state.adding:
            # Read from the database by this very login: allauth would ask once more.
            return True
        return super().is_existing

    def lookup(self) -> None:
        """Find the person, refuse what the policy refuses, store the new grant."""
        self._did_authenticate_by_email = None
        # Our own endpoints count what they refuse.
        with counts.refusals(self.client_key) if self.is_allauths else nullcontext():
            self._require_fit(context.request)
        if account := self.found_account:
            self._refresh(account)
            signals.social_account_updated.send(
                sender=SocialLogin, request=context.request, sociallogin=self
            )
            self._store_token()

    def save(self, request: HttpRequest, connect: bool = False) -> None:
        """Store a newcomer: user, account, identity and grant, or nothing at all.

        Raises Overtaken when a parallel login of the same person was first, and
        UserInactive when the account is for a user who may not log in any more, and
        Misconfigured when the user model cannot hold a second user of TikTok's.
        """
        was_known = self.found_account is not None
        user, is_new = self.user, self.user._state.adding
        try:
            with database.atomic():
                if is_new:
                    store_null_for_blank(user)
                else:
                    self.user = as_now(user)
                super().save(request, connect=connect)
                identity = self._new_identity()
                self._keep(identity, is_first=True)
        except IntegrityError as error:
            self.found_account = self._find_account()
            if self.found_account and not was_known:
                raise Overtaken from None
            if is_new:
                _require_room(user, error)
            raise
        self.created, self.stored_user_pk = not connect, self.account.user_id
        if self.created:
            self._vouch(identity.sessions_valid_from if is_new else None)
        self._tell()

    def serialize(self) -> dict[str, object]:
        # allauth parks this in the session while a sign-up form or a second factor
        # is pending. With signed-cookie sessions that is the person's own browser,
        # where tokens do not belong; the next silent login brings new ones.
        token, self.token = self.token, None
        # A removal in the meantime ends this login, too.
        self.state[SESSIONS_MARK] = session_hash.mark(self.user)
        self.state[ASKED_AT] = self.person.asked_at.isoformat()
        try:
            return super().serialize()
        finally:
            self.token = token

    def _require_fit(self, request: HttpRequest) -> None:
        # allauth's headless endpoint gets here without having asked the policy.
        if self.step(request) is Step.JOIN:
            allauth_steps.require_way_to_reauthenticate(request)
        if account := self.found_account:
            require_shown(account.user)

    def _account_without_identity(self) -> SocialAccount | None:
        """An account that an operator or a sign-up form made."""
        account = (
            SocialAccount.objects.select_related("user", "ttminis_identity")
            .filter(provider=self.account.provider, uid=self.account.uid)
            .first()
        )
        if account and account.uid != self.account.uid:
            return None
        identity = getattr(account, "ttminis_identity", None)
        if identity and identity.client_key != self.client_key:
            # The same open_id in two apps is two people, and this is the other one.
            logger.error(
                "The TikTok apps %s and %s share the provider_id %s: give each its own",
                self.client_key,
                identity.client_key,
                self.account.provider,
            )
            raise Misconfigured
        return account

    def _refresh(self, account: SocialAccount) -> None:
        populated, fresh = self.user, self.account
        self.account, self.user = account, account.user
        # Once an app has been given a provider_id, its people follow at their next
        # login; allauth would not find the app of their accounts otherwise.
        names = account.provider, fresh.provider
        fresh.provider = provider_to_store(*names, self.client_key)
        with database.atomic():
            if not self._note_again(fresh):
                self._note(fresh)
            if self.person.user_info:
                fill_blank_names(account.user, populated)
        self.stored_user_pk = account.user_id
        identity = self.account.ttminis_identity
        self._vouch(getattr(identity, session_hash.VALID_FROM, None))
        self._tell()

    def _note_again(self, fresh: SocialAccount) -> bool:
        """Store the grant of a login that follows a noted one, and note no more of it.

        False, and nothing saved, where there is more to store, or to refuse.
        """
        stored, person = self.account, self.person
        identity = getattr(stored, "ttminis_identity", None)
        if not (identity and conf.TTMINIS_STORE_TOKENS) or self.is_kept:
            return False
        if person.user_info or not identity.is_noted(person.asked_at):
            return False
        merged = merged_extra_data(stored.extra_data, fresh.extra_data)
        is_news = (fresh.provider, merged) != (stored.provider, stored.extra_data)
        if is_news or self._step is not Step.STAY:
            self._hold(fresh)
        else:
            hold_account(stored.pk)
        return bool(identity.note_again(person.token_grant, person.asked_at))

    def _note(self, fresh: SocialAccount) -> None:
        """Store what a login brings; raises Overtaken for one that is outdated."""
        self._hold(fresh)
        identity = getattr(self.account, "ttminis_identity", None)
        identity = identity or ensure_identity(self.account, self.client_key)
        if not identity.note_login(self.person.asked_at):
            raise Overtaken
        if not self.is_kept:
            self._keep(identity)

    def _hold(self, fresh: SocialAccount) -> None:
        """Lock the account and bring it up to date; raises Overtaken if it has gone."""
        account = self.account
        changes: dict[str, object] = {"last_login": timezone.now()}
        if fresh.provider != account.provider:
            changes["provider"] = fresh.provider
        vars(account).update(changes)
        # This comes first on purpose: until the commit, it keeps a parallel login of
        # the same person out of the grants. And it asks for the user: between a
        # SELECT and an UPDATE a merge could hand it to another user, and this login
        # would enter as the one before.
        if not _OWNED.update(changes, account=account.pk, user=account.user_id):
            raise Overtaken
        sent = fresh.extra_data
        if merged_extra_data(account.extra_data, sent) == account.extra_data:
            return
        # The row was read before it was locked: what was stored since must not be lost.
        account.refresh_from_db(fields=["extra_data"])
        account.extra_data = merged_extra_data(account.extra_data, sent)
        SocialAccount.objects.filter(pk=account.pk).update(
            extra_data=account.extra_data
        )

    def _new_identity(self) -> Identity:
        return Identity.objects.create(
            account=self.account,
            client_key=self.client_key,
            open_id=self.token_grant.open_id,
            vouched_at=self.person.asked_at,
        )

    def _vouch(self, valid_from: datetime | None) -> None:
        """Mark the user, so that a removal can end the session."""
        session_hash.note(self.user, valid_from)
        if self.is_minis:
            setattr(self.user, sessions.SESSION_KEY, self.client_key)

    def _keep(self, identity: Identity, *, is_first: bool = False) -> None:
        if self.person.user_info:
            identity.note_profile(self.person.user_info)
        if conf.TTMINIS_STORE_TOKENS:
            asked_at = self.person.asked_at
            identity.add_grant(self.token_grant, asked_at=asked_at, is_first=is_first)

    def _tell(self) -> None:
        if self.person.user_info:
            identity = self.account.ttminis_identity
            profile_fetched.send(
                sender=Identity, identity=identity, user_info=self.person.user_info
            )
