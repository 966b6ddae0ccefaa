"""What TikTok sent on its own account."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .exact import ExactCharField

# Of ``WebhookDelivery.Result``.
UNFINISHED = ("received", "failed")


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Queries by what came of it."""

    def unfinished(self) -> WebhookDeliveryQuerySet:
        """Leave out what was handled, or needed no handling."""
        return self.filter(result__in=UNFINISHED)


class WebhookDelivery(models.Model):
    """One event that TikTok sent, and what became of it.

    TikTok delivers at least once (webhooks-overview) and gives events no number, so
    ``digest``, made of all that an event says, distinguishes two of them.
    """

    class Result(models.TextChoices):
        """What came of it."""

        RECEIVED = "received", _("received")
        HANDLED = "handled", _("handled")
        IGNORED = "ignored", _("ignored")
        OUTDATED = "outdated", _("outdated")
        FAILED = "failed", _("failed")

    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    client_key = ExactCharField(_("client key"), max_length=191)
    event = models.CharField(_("event"), max_length=100)
    user_openid = ExactCharField(
        _("open ID"), max_length=191, blank=True, db_index=True
    )
    create_time = models.DateTimeField(_("created at TikTok"))
    content = models.JSONField(_("content"), default=dict)
    result = models.CharField(
        _("result"), max_length=16, choices=Result, default=Result.RECEIVED
    )
    error = models.CharField(_("error"), max_length=200, blank=True)
    received_at = models.DateTimeField(
        _("received at"), default=timezone.now, db_index=True
    )
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        permissions = [("rerun_webhookdelivery", "Can run a webhook delivery again")]
        indexes = [
            # The few that a cron job looks for among a season of payments.
            models.Index(
                fields=["id"],
                condition=models.Q(result__in=UNFINISHED),
                name="ttminis_webhooks_unfinished",
            ),
            # A rare event, app or result of which the admin shows the latest.
            models.Index(fields=["event", "id"], name="ttminis_webhooks_by_event"),
            models.Index(fields=["client_key", "id"], name="ttminis_webhooks_by_app"),
            models.Index(fields=["result", "id"], name="ttminis_webhooks_by_result"),
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.client_key})"
