"""TikTok users as the apps see them, and the tokens that TikTok granted for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.db.models import Case, Exists, F, Min, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..identity import searchable_name
from .encrypted import EncryptedTokens
from .exact import ExactCharField
from .health import ASSUMED_LIFETIME, LARGEST_MARGIN, MARGIN, Health, by_health
from .prepared import Param, Prepared

if TYPE_CHECKING:
    from ..tiktok.types import TokenGrant, UserInfo


# A login so soon after another one is not noted: a page may log in whenever it loads.
NOTED_FOR = timedelta(minutes=10)

# What changes when a grant is renewed, besides its scopes.
TOKENS = ("access_token", "refresh_token")
TIMES = ("access_expires_at", "refresh_expires_at", "issued_at", "dead_at")


class IdentityQuerySet(models.QuerySet["Identity"]):
    """Queries of identities, with what belongs to them."""

    def with_user(self) -> IdentityQuerySet:
        """Fetch account and user in the same statement."""
        return self.select_related("account__user")

    def with_grants(self) -> IdentityQuerySet:
        """Read the grants along: one row for each of them, or one row without any."""
        return self.annotate(of_grant=F("grants__pk"), of_scopes=F("grants__scopes"))

    def sessions_valid_from(self) -> datetime | None:
        """Return since when the Minis sessions of these identities' user count.

        The earliest moment: an identity that is connected later changes nothing.
        """
        found = self.aggregate(moment=Min("sessions_valid_from"))
        return found["moment"]  # type: ignore[no-any-return]

    def with_health(self) -> IdentityQuerySet:
        """Annotate ``health_now``: what ``health`` says."""
        theirs = Grant.objects.filter(identity=OuterRef("pk"))
        whens = [When(Exists(theirs.filter(q)), then=Value(h)) for h, q in by_health()]
        return self.annotate(
            health_now=Case(
                *whens, default=Value(Health.NONE), output_field=models.CharField()
            )
        )


class Identity(models.Model):
    """One TikTok user as one app sees them.

    TikTok gives the same person another ``open_id`` in each app (minis-user-data), so
    only the pair of ``client_key`` and ``open_id`` names a user.
    """

    class State(models.TextChoices):
        """Whether TikTok still vouches for this user."""

        ACTIVE = "active", _("active")
        NEEDS_LOGIN = "needs_login", _("needs login")
        REMOVED = "removed", _("removed")

    account = models.OneToOneField(
        SocialAccount,
        on_delete=models.CASCADE,
        related_name="ttminis_identity",
        verbose_name=_("social account"),
    )
    client_key = ExactCharField(_("client key"), max_length=191)
    open_id = ExactCharField(_("open ID"), max_length=191, db_index=True)
    union_id = ExactCharField(
        _("union ID"), max_length=191, null=True, blank=True, db_index=True
    )
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.ACTIVE
    )
    removed_reason = models.PositiveSmallIntegerField(
        _("removed reason"), null=True, blank=True
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    # Not allauth's ``last_login``, which changes whenever the account is saved: a
    # removal older than that would be taken for outdated, and leave the tokens active.
    vouched_at = models.DateTimeField(
        _("vouched for at"), default=timezone.now, editable=False
    )
    sessions_valid_from = models.DateTimeField(
        _("sessions valid from"), default=timezone.now, editable=False
    )
    profile_fetched_at = models.DateTimeField(
        _("profile fetched at"), null=True, blank=True
    )
    created_at = models.DateTimeField(
        _("created at"), default=timezone.now, db_index=True
    )
    searchable_name = ExactCharField(
        max_length=191, blank=True, default="", db_index=True, editable=False
    )

    # Keys and scopes of the grants, where these were read along.
    stored_grants: Sequence[Grant] = ()

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("TikTok identity")
        verbose_name_plural = _("TikTok identities")
        constraints = [
            models.UniqueConstraint(
                fields=["client_key", "open_id"], name="ttminis_one_identity"
            )
        ]
        permissions = [
            ("link_identity", "Can link a TikTok identity to another user"),
            ("unlink_identity", "Can unlink a TikTok identity from its user"),
            ("merge_identity", "Can merge the users of TikTok identities"),
            ("refresh_identity", "Can refresh the tokens of a TikTok identity"),
            ("fetch_profile_identity", "Can fetch the profile of a TikTok identity"),
            ("revoke_identity", "Can revoke the tokens of a TikTok identity"),
            ("end_sessions_identity", "Can end the sessions of a TikTok identity"),
            ("erase_identity", "Can erase what is kept of a TikTok identity"),
        ]

    def __str__(self) -> str:
        return f"{self.open_id} ({self.client_key})"

    @classmethod
    def of_rows(cls, rows: Sequence[Any]) -> Identity | None:
        """Return the one identity of rows read ``with_grants``, or None of no rows."""
        if not rows:
            return None
        identity: Identity = rows[0]
        identity.stored_grants = [
            Grant(pk=row.of_grant, identity=identity, scopes=row.of_scopes)
            for row in rows
            if row.of_grant is not None
        ]
        return identity

    def note_login(self, asked_at: datetime) -> bool:
        """Save that TikTok vouched for this user, who is active from now on.

        False, and nothing saved, if this login is older than the user's end:

        - the user's sessions have ended since this instance was read, or since
          ``asked_at``, when TikTok was asked, or
        - the app was removed since then.

        Call it in a transaction that holds the account's row already.
        """
        vouched = {
            "state": self.State.ACTIVE,
            "vouched_at": asked_at,
            "removed_reason": None,
            "removed_at": None,
        }
        saved = _UNENDED.update(
            vouched,
            identity=self.pk,
            sessions_valid_from=self.sessions_valid_from,
            asked_at=asked_at,
            now=timezone.now(),
        )
        vars(self).update(vouched)
        return bool(saved)

    def is_noted(self, asked_at: datetime) -> bool:
        """Return whether a recent login is noted, and no session has ended since."""
        # What a clock noted that was ahead of ours would hold off removals: note anew.
        since = max(self.vouched_at, self.sessions_valid_from)
        return since <= asked_at < self.vouched_at + NOTED_FOR

    def note_again(self, token_grant: TokenGrant, asked_at: datetime) -> bool:
        """Store the grant of a login that ``is_noted``, in one statement.

        False, and nothing saved, where grants, account or identity are not what they
        were when they were read: ``note_login`` knows what follows from that.

        Call it in a transaction that holds the account's row already.
        """
        # A removal, an end of the sessions and a move of the account all lock the
        # account first. So this statement, which begins after, sees all of it.
        return self._replace_grant(
            token_grant,
            asked_at,
            _GRANT_OF_THE_NOTED,
            identity=self.pk,
            user=self.account.user_id,
            sessions_valid_from=self.sessions_valid_from,
        )

    def mark_needs_login(self) -> None:
        """Save that none of the user's tokens works any more."""
        self.state = self.State.NEEDS_LOGIN
        self.save(update_fields=["state"])

    def mark_removed(self, reason: int, at: datetime) -> None:
        """Save that the user removed the app, for this reason, at ``at``.

        No signal is sent: a project's receiver that fails must not keep tokens.
        """
        self.state = self.State.REMOVED
        self.removed_reason, self.removed_at = reason, at
        Identity.objects.filter(pk=self.pk).update(
            state=self.state, removed_reason=reason, removed_at=at
        )

    @property
    def health(self) -> Health:
        """The health of the best grant; one statement, or none when prefetched."""
        found = {grant.health for grant in self.grants.all()}
        return next((health for health in Health if health in found), Health.NONE)

    def authorized_at(self) -> datetime:
        """Return when TikTok last vouched for this user, as far as is stored."""
        # Tokens may not be stored, and a refresh is no login: each knows a part. A
        # grant that is revoked by now counts, too: its login may not have been noted.
        issued = self.grants.values_list("issued_at", flat=True)
        return max([self.vouched_at, *issued])

    def note_profile(self, user_info: UserInfo) -> bool:
        """Save that a profile was fetched now, and its ``union_id`` if there is one.

        False when the row is gone.
        """
        # Only what TikTok sent: the rest was read before TikTok was asked, and may have
        # been erased since.
        changed: dict[str, object] = {"profile_fetched_at": timezone.now()}
        if user_info.union_id:
            changed["union_id"] = user_info.union_id
        if user_info.display_name is not None:
            changed["searchable_name"] = searchable_name(user_info.display_name)
        vars(self).update(changed)
        return bool(Identity.objects.filter(pk=self.pk).update(**changed))

    def _replace_grant(
        self,
        token_grant: TokenGrant,
        asked_at: datetime | None,
        rows: Prepared[Grant],
        **where: object,
    ) -> bool:
        """Store a grant over that of the same scopes, if it covers this one alone.

        False, and nothing saved, if not, or if that is not in ``stored_grants``, or
        has other scopes by now.
        """
        covered = _covered(self.stored_grants, token_grant)
        if [grant.scopes for grant in covered] != [",".join(token_grant.scopes)]:
            return False
        (grant,) = covered
        grant.take(token_grant, asked_at)
        changed = {name: getattr(grant, name) for name in ("scopes", *TOKENS, *TIMES)}
        return bool(rows.update(changed, grant=grant.pk, **where))

    def add_grant(
        self,
        token_grant: TokenGrant,
        *,
        asked_at: datetime | None = None,
        is_first: bool = False,
    ) -> None:
        """Store what TikTok granted, in place of the grants that it covers.

        ``asked_at`` is when TikTok was asked for it; None is now.

        A narrow grant never replaces a broader one: a silent login right after a
        consent would otherwise throw away the consent. Call it in a transaction that
        holds the account's row already, or two logins at once would both find nothing
        to replace. ``is_first`` spares a new identity the search.
        """
        if self._replace_grant(token_grant, asked_at, _GRANT):
            return
        # Without the tokens, which are to be replaced.
        grants = () if is_first else self.grants.only("identity", "scopes")
        kept, *spare = _covered(grants, token_grant) or [Grant(identity=self)]
        if spare:
            self.grants.filter(pk__in=[grant.pk for grant in spare]).delete()
        kept.take(token_grant, asked_at)
        kept.save()


class GrantQuerySet(models.QuerySet["Grant"]):
    """Queries by the state of a grant."""

    def active(self) -> GrantQuerySet:
        """Leave out what is known to be expired or revoked."""
        return self.filter(dead_at=None)

    def with_health(self) -> GrantQuerySet:
        """Annotate ``health_now``: what ``health`` says, without reading a token."""
        whens = [When(q, then=Value(health)) for health, q in by_health()]
        return self.annotate(health_now=Case(*whens, output_field=models.CharField()))

    def end(self) -> int:
        """Mark all as revoked, erase their tokens, and return how many these were."""
        ended = {"access_token": None, "refresh_token": None}
        return self.active().update(dead_at=timezone.now(), **ended)


class Grant(EncryptedTokens):
    """One pair of TikTok tokens and the scopes that it is good for."""

    identity = models.ForeignKey(
        Identity, on_delete=models.CASCADE, related_name="grants"
    )
    scopes = models.CharField(_("scopes"), max_length=500, blank=True)
    access_expires_at = models.DateTimeField(_("access expires at"), null=True)
    refresh_expires_at = models.DateTimeField(_("refresh expires at"), null=True)
    issued_at = models.DateTimeField(_("issued at"))
    dead_at = models.DateTimeField(_("dead at"), null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("TikTok grant")
        verbose_name_plural = _("TikTok grants")
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "scopes"], name="ttminis_one_grant_per_scopes"
            )
        ]
        indexes = [
            # What is due for a refresh, in its order, without what is revoked.
            models.Index(
                fields=["access_expires_at", "id"],
                condition=models.Q(dead_at=None),
                name="ttminis_grants_by_expiry",
            )
        ]

    def __str__(self) -> str:
        return self.scopes or "-"

    @property
    def scope_list(self) -> Collection[str]:
        """The scopes one by one."""
        return self.scopes.split(",") if self.scopes else []

    @property
    def is_fresh(self) -> bool:
        """Whether the access token can be handed out, with the margin still to go."""
        now, issued = timezone.now(), self.issued_at
        expires = self.access_expires_at or issued + ASSUMED_LIFETIME
        margin = min(MARGIN, (expires - issued) * LARGEST_MARGIN)
        return (
            bool(self.access_token) and self.dead_at is None and now < expires - margin
        )

    @property
    def health(self) -> Health:
        """What ``access_token`` would find: a good token, one to renew, or neither.

        Whether the site's keys still decrypt the tokens is not looked at.
        """
        if self.is_fresh:
            return Health.OK
        renewable = self.is_renewable and self.dead_at is None
        return Health.EXPIRES_SOON if renewable else Health.DEAD

    @property
    def is_renewable(self) -> bool:
        """Whether there is a refresh token that TikTok may still take."""
        expires = self.refresh_expires_at
        return bool(self.refresh_token) and (
            expires is None or timezone.now() < expires
        )

    # TikTok takes seconds to answer. Meanwhile the user may consent anew, or remove the
    # app, and where rows have no locks, that is stored at once. What an answer leads
    # to is about the tokens that TikTok was asked with, and saved over no others.

    def mark_unusable(self) -> bool:
        """Save that there is nothing left to do with these tokens.

        False, and nothing saved, where the row holds others by now, or is gone.
        """
        # They stay in the row: if they are unreadable for the moment only, because a
        # process was started with another key, an operator can bring them back.
        return self._swap(dead_at=timezone.now())

    def mark_revoked(self) -> bool:
        """Save that TikTok takes these tokens no more, and erase them.

        False, and nothing saved, where the row holds others by now, or is gone.
        """
        return self._swap(access_token=None, refresh_token=None, dead_at=timezone.now())

    def renew(self, token_grant: TokenGrant) -> bool:
        """Save what TikTok gave for the refresh token.

        An answer without a new refresh token leaves the old one in force, and one
        without scopes leaves those (minis-oauth has both keys; older pages say that
        the refresh token "may" differ).

        False, and nothing saved, where the row holds other tokens by now, or is gone.
        """
        new = Grant(identity=self.identity)
        new.take(token_grant)
        if token_grant.refresh_token is None:
            new.refresh_token = self.refresh_token
            new.refresh_expires_at = self.refresh_expires_at
        new.scopes = new.scopes or self.scopes
        changed = ("scopes", *TOKENS, *TIMES)
        return self._swap(**{name: getattr(new, name) for name in changed})

    def _swap(self, **news: object) -> bool:
        """Save over the tokens that this instance has read, and over no others."""
        while not self.as_read().update(**news):
            now = Grant.objects.filter(pk=self.pk).first()
            sent = self.decrypt_refresh_token()
            if not (now and sent and now.decrypt_refresh_token() == sent):
                return False
            # The same, which ``ttminis_reencrypt`` has encrypted anew.
            vars(self).update({name: getattr(now, name) for name in TOKENS})
        vars(self).update(news)
        return True

    def as_read(self) -> models.QuerySet[Grant]:
        """Select the row as long as it holds the tokens that this instance has read."""
        # As values of their own: the field takes nothing that is not encrypted, and
        # anything may stand in a row.
        read = {name: getattr(self, name) for name in TOKENS}
        same = {
            name: text and Value(text, models.TextField())
            for name, text in read.items()
        }
        return Grant.objects.filter(pk=self.pk, **same)

    def take(self, token_grant: TokenGrant, asked_at: datetime | None = None) -> None:
        """Become ``token_grant``, counting its lifetimes (seconds) from ``asked_at``.

        That is when TikTok was asked, and not when its answer was stored: a removal in
        between came after it. None is now.
        """
        asked_at = asked_at or timezone.now()
        self.scopes = ",".join(token_grant.scopes)
        self.encrypt_tokens(token_grant.access_token, token_grant.refresh_token)
        self.access_expires_at = _moment(asked_at, token_grant.expires_in)
        self.refresh_expires_at = _moment(asked_at, token_grant.refresh_expires_in)
        self.issued_at = asked_at
        self.dead_at = None


def _covered(grants: Iterable[Grant], token_grant: TokenGrant) -> list[Grant]:
    """Return those of the grants that a new one replaces."""
    # Scopes are compared grant by grant and never added up: a token is good for its own
    # scopes only, whatever its predecessors could do.
    scopes = set(token_grant.scopes)
    return [grant for grant in grants if scopes >= set(grant.scope_list)]


def _moment(since: datetime, seconds: int | None) -> datetime | None:
    """None means that TikTok named no lifetime; it is not taken for "for ever"."""
    return None if seconds is None else since + timedelta(seconds=seconds)


def _grants() -> models.QuerySet[Grant]:
    # Since it was read, a consent may have made a broad grant of a narrow one.
    return Grant.objects.filter(
        pk=Param(Grant, "id", "grant"), scopes=Param(Grant, "scopes")
    )


def _grants_of_the_noted() -> models.QuerySet[Grant]:
    as_read = Identity.objects.filter(
        pk=Param(Identity, "id", "identity"),
        account__user=Param(SocialAccount, "user"),
        sessions_valid_from=Param(Identity, "sessions_valid_from"),
        state=Identity.State.ACTIVE,
        removed_at=None,
    )
    return _grants().filter(identity__in=as_read)


def _unended() -> models.QuerySet[Identity]:
    asked_at = Param(Identity, "vouched_at", "asked_at")
    # A time in the future, from a clock that is ahead of ours, locks no user out. Nor
    # does a parallel first login, whose identity is newer than this answer.
    now = Param(Identity, "vouched_at", "now")
    removed_since = Q(removed_at__gt=asked_at, removed_at__lte=now)
    ended_since = Q(sessions_valid_from__gt=asked_at, sessions_valid_from__lte=now)
    ended_since &= Q(sessions_valid_from__gt=F("created_at"))
    unchanged = Identity.objects.filter(
        pk=Param(Identity, "id", "identity"),
        sessions_valid_from=Param(Identity, "sessions_valid_from"),
    )
    return unchanged.exclude(removed_since).exclude(ended_since)


_UNENDED = Prepared(_unended)
_GRANT, _GRANT_OF_THE_NOTED = Prepared(_grants), Prepared(_grants_of_the_noted)
