"""allauth's ``SocialLogin`` for somebody who came with a Minis code.

allauth drives every login through three methods of this object: ``lookup`` (who is
it?), ``save`` (a newcomer) and ``connect`` (an addition). Overriding just these keeps
all of allauth's hooks and signals in place, and holds for whoever drives it: our own
views as well as allauth's headless endpoint.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from allauth.core import context
from allauth.socialaccount import signals
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from ..conf import conf
from ..identity import merged_extra_data
from ..models import Identity
from ..tiktok.types import TokenGrant
from . import policy, sessions
from .errors import FirstLoginRaced, Misconfigured

logger = logging.getLogger("ttminis_auth")


def ensure_identity(account: SocialAccount, client_key: str) -> None:
    """Make sure that the account has an identity; a second call changes nothing."""
    Identity.objects.get_or_create(
        account=account, defaults={"client_key": client_key, "open_id": account.uid}
    )


class TTMinisSocialLogin(SocialLogin):
    """A login in progress that knows its grant and, once found, its identity.

    Attributes:
        token_grant: what TikTok granted.
        created: whether this login made the Django user.
    """

    def __init__(self, plain: SocialLogin, token_grant: TokenGrant) -> None:
        super().__init__()
        vars(self).update(vars(plain))
        self.token_grant = token_grant
        self.created = False

    @property
    def client_key(self) -> str:
        """The client key of the app that the code was issued for."""
        return str(self.provider.app.client_id)

    @cached_property
    def found_account(self) -> SocialAccount | None:
        """The stored account of this person in this app, or None for a newcomer."""
        names = {"client_key": self.client_key, "open_id": self.token_grant.open_id}
        if identity := Identity.objects.with_user().filter(**names).first():
            return identity.account
        return self._account_without_identity()

    def step(self, request: HttpRequest) -> policy.Step:
        """Say what this login may do to the session; raises LoginRefused."""
        account = self.found_account
        return policy.decide(
            current=request.user if request.user.is_authenticated else None,
            owner=account.user if account else None,
            process=self.state.get("process", "login"),
            minis_session=sessions.is_from_app(request, self.client_key),
        )

    @property
    def is_existing(self) -> bool:
        """Whether allauth should log in rather than sign up."""
        if self.user is not None and not self.account._state.adding:
            return True  # read from the database by this very login
        return super().is_existing

    def lookup(self) -> None:
        """Find the person, refuse what the policy refuses, store the new grant."""
        self._did_authenticate_by_email = None
        # allauth's headless endpoint gets here without having asked the policy.
        self.step(context.request)
        if account := self.found_account:
            self._refresh(account)
            signals.social_account_updated.send(
                sender=SocialLogin, request=context.request, sociallogin=self
            )
            self._store_token()

    def save(self, request: HttpRequest, connect: bool = False) -> None:
        """Store a newcomer: user, account, identity and grant, or nothing at all.

        Raises FirstLoginRaced when a parallel login of the same person was first.
        """
        try:
            with transaction.atomic():
                super().save(request, connect=connect)
                self._keep_grant(self._new_identity())
        except IntegrityError:
            vars(self).pop("found_account", None)  # look again
            if self.found_account:
                raise FirstLoginRaced from None
            raise
        self.created = not connect

    def serialize(self) -> dict[str, Any]:
        # allauth parks this in the session while a sign-up form or a second factor
        # is pending. With signed-cookie sessions that is the person's own browser,
        # where tokens do not belong; the next silent login brings new ones.
        token, self.token = self.token, None
        try:
            return super().serialize()
        finally:
            self.token = token

    def _account_without_identity(self) -> SocialAccount | None:
        """An account that an operator or a sign-up form made."""
        account = (
            SocialAccount.objects.select_related("user", "ttminis_identity")
            .filter(provider=self.account.provider, uid=self.account.uid)
            .first()
        )
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
        fresh = merged_extra_data(account.extra_data, self.account.extra_data)
        changed = ["last_login"] + ["extra_data"] * (fresh != account.extra_data)
        account.extra_data = fresh
        self.account, self.user = account, account.user
        with transaction.atomic():
            # This UPDATE comes first on purpose: until the commit, it keeps a
            # parallel login of the same person out of the grants below.
            account.save(update_fields=changed)
            identity = getattr(account, "ttminis_identity", None)
            self._keep_grant(identity or self._first_identity())

    def _new_identity(self) -> Identity:
        return Identity.objects.create(
            account=self.account,
            client_key=self.client_key,
            open_id=self.token_grant.open_id,
        )

    def _first_identity(self) -> Identity:
        """Give an identity to an account that had none, unless somebody just did."""
        names = {"client_key": self.client_key, "open_id": self.token_grant.open_id}
        return Identity.objects.get_or_create(account=self.account, defaults=names)[0]

    def _keep_grant(self, identity: Identity) -> None:
        identity.mark_active()
        if conf.TTMINIS_STORE_TOKENS:
            identity.add_grant(self.token_grant)
