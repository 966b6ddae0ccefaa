"""Who somebody is to TikTok, and what TikTok lets us do in their name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..crypto import EncryptedTextField

if TYPE_CHECKING:
    from datetime import datetime

    from ..tiktok.types import TokenGrant, UserInfo


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Queries by TikTok's words."""

    def with_user(self) -> IdentityQuerySet:
        """Fetch account and user in the same statement."""
        return self.select_related("account__user")


class Identity(models.Model):
    """One TikTok user as one app sees them.

    TikTok gives the same person another ``open_id`` in each app (minis-user-data), so
    only the pair of ``client_key`` and ``open_id`` names somebody.
    """

    class State(models.TextChoices):
        """Whether TikTok still lets this person in."""

        ACTIVE = "active", _("active")
        NEEDS_LOGIN = "needs_login", _("needs login")
        REMOVED = "removed", _("removed")

    account = models.OneToOneField(
        SocialAccount,
        on_delete=models.CASCADE,
        related_name="ttminis_identity",
        verbose_name=_("social account"),
    )
    client_key = models.CharField(_("client key"), max_length=191)
    open_id = models.CharField(_("open ID"), max_length=191)
    union_id = models.CharField(  # noqa: DJ001
        _("union ID"), max_length=191, null=True, blank=True, db_index=True
    )
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.ACTIVE
    )
    removed_reason = models.PositiveSmallIntegerField(
        _("removed reason"), null=True, blank=True
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    profile_fetched_at = models.DateTimeField(
        _("profile fetched at"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("TikTok identity")
        verbose_name_plural = _("TikTok identities")
        constraints = [
            models.UniqueConstraint(
                fields=["client_key", "open_id"], name="ttminis_one_identity"
            )
        ]

    def __str__(self) -> str:
        return f"{self.open_id} ({self.client_key})"

    def mark_active(self) -> None:
        """Save that TikTok let this person in just now; free when nothing changes."""
        if self.state == self.State.ACTIVE:
            return
        self.state = self.State.ACTIVE
        self.removed_reason = self.removed_at = None
        self.save(update_fields=["state", "removed_reason", "removed_at"])

    def note_profile(self, user_info: UserInfo) -> None:
        """Save that a profile was fetched now, and its ``union_id`` if there is one."""
        self.profile_fetched_at = timezone.now()
        self.union_id = user_info.union_id or self.union_id
        self.save(update_fields=["profile_fetched_at", "union_id"])

    def add_grant(self, token_grant: TokenGrant) -> Grant:
        """Store what TikTok granted, in place of the grants that it covers.

        A narrow grant never replaces a broader one: a silent login right after a
        consent would otherwise throw away the consent. Call it in a transaction that
        has written the account's row already, or two logins at once would both find
        nothing to replace.
        """
        # Scopes are compared grant by grant and never added up: a token is good for its
        # own scopes only, whatever its predecessors could do.
        scopes = set(token_grant.scopes)
        # Not their tokens: to read one is to decrypt it, and these are to go.
        grants = self.grants.only("identity", "scopes")
        covered = [grant for grant in grants if scopes >= set(grant.scope_list)]
        kept, *spare = covered or [Grant(identity=self)]
        if spare:
            self.grants.filter(pk__in=[grant.pk for grant in spare]).delete()
        kept.take(token_grant)
        kept.save()
        return kept


class Grant(models.Model):
    """One pair of TikTok tokens and the scopes that it is good for."""

    identity = models.ForeignKey(
        Identity, on_delete=models.CASCADE, related_name="grants"
    )
    scopes = models.CharField(_("scopes"), max_length=500, blank=True)
    access_token = EncryptedTextField(_("access token"), null=True, editable=False)
    refresh_token = EncryptedTextField(_("refresh token"), null=True, editable=False)
    access_expires_at = models.DateTimeField(_("access expires at"), null=True)
    refresh_expires_at = models.DateTimeField(_("refresh expires at"), null=True)
    issued_at = models.DateTimeField(_("issued at"))
    dead_at = models.DateTimeField(_("dead at"), null=True, blank=True)

    class Meta:
        verbose_name = _("TikTok grant")
        verbose_name_plural = _("TikTok grants")
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "scopes"], name="ttminis_one_grant_per_scopes"
            )
        ]

    def __str__(self) -> str:
        return self.scopes or "-"

    @property
    def scope_list(self) -> Collection[str]:
        """The scopes one by one."""
        return self.scopes.split(",") if self.scopes else []

    def take(self, token_grant: TokenGrant) -> None:
        """Become ``token_grant``, counting its lifetimes (seconds) from now."""
        now = timezone.now()
        self.scopes = ",".join(token_grant.scopes)
        self.access_token = token_grant.access_token
        self.refresh_token = token_grant.refresh_token
        self.access_expires_at = _moment(now, token_grant.expires_in)
        self.refresh_expires_at = _moment(now, token_grant.refresh_expires_in)
        self.issued_at = now
        self.dead_at = None


def _moment(now: datetime, seconds: int | None) -> datetime | None:
    """None means that TikTok named no lifetime; it is not taken for "for ever"."""
    return None if seconds is None else now + timedelta(seconds=seconds)
