"""Pairs of users who are one TikTok user, for an operator to decide about."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .exact import ExactCharField
from .identity import Identity


class LinkingConflict(models.Model):
    """Two users with one ``union_id``, and what an operator decided."""

    class Reason(models.TextChoices):
        """Why they were not simply merged."""

        POLICY = "policy", _("merging is not switched on")
        STAFF = "staff", _("one of them is staff")
        INACTIVE = "inactive", _("one of them is inactive")
        SEVERAL = "several", _("there are more than two users")
        MIXED = "mixed", _("one of them has another person's TikTok account too")
        NOT_SILENT = "not_silent", _("TikTok is not the only way into one of them")
        RIGHTS = "rights", _("they have different permissions or groups")
        VETOED = "vetoed", _("the project vetoed it")

    class State(models.TextChoices):
        """Whether an operator still has to look at it."""

        OPEN = "open", _("open")
        MERGED = "merged", _("merged")
        KEPT_APART = "kept_apart", _("kept apart")
        DISMISSED = "dismissed", _("dismissed")

    union_id = ExactCharField(_("union ID"), max_length=191, db_index=True)
    older = models.ForeignKey(
        Identity,
        on_delete=models.CASCADE,
        related_name="conflicts_as_older",
        verbose_name=_("identity of the older user"),
    )
    younger = models.ForeignKey(
        Identity,
        on_delete=models.CASCADE,
        related_name="conflicts_as_younger",
        verbose_name=_("identity of the younger user"),
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    state = models.CharField(
        _("state"), max_length=16, choices=State, default=State.OPEN
    )
    found_at = models.DateTimeField(_("found at"), default=timezone.now)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)

    class Meta:
        verbose_name = _("linking conflict")
        verbose_name_plural = _("linking conflicts")
        constraints = [
            models.UniqueConstraint(
                fields=["older", "younger"], name="ttminis_one_conflict_per_pair"
            )
        ]
        indexes = [
            # A queue of a hundred thousand is shown from its beginning.
            models.Index(fields=["state", "id"], name="ttminis_conflicts_by_state"),
            models.Index(fields=["reason", "id"], name="ttminis_conflicts_by_reason"),
        ]
        permissions = [
            ("resolve_linkingconflict", "Can resolve a linking conflict"),
        ]

    def __str__(self) -> str:
        return f"{self.older} / {self.younger}: {self.get_state_display()}"
