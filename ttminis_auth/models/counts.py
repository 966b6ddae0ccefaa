"""How often what happened, by day: logins, refusals, removals."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .exact import ExactCharField


class DailyCount(models.Model):
    """How often something happened on one day, in one app."""

    class What(models.TextChoices):
        """What is counted."""

        LOGIN = "login", _("logins")
        FIRST_LOGIN = "first_login", _("first logins")
        AUTHORIZE = "authorize", _("authorizes")
        REFUSAL = "refusal", _("failures")
        REMOVAL = "removal", _("removals")
        # Not what happened on the day but what there was, when it was last looked.
        GRANTS = "grants", _("tokens")

    day = models.DateField(_("day"))
    client_key = ExactCharField(_("client key"), max_length=191)
    what = models.CharField(_("what"), max_length=16, choices=What)
    # Of a refusal its ``LoginRefused.code``, of a removal TikTok's reason, of grants
    # their health; otherwise empty.
    code = models.CharField(_("code"), max_length=64, blank=True, default="")
    count = models.PositiveBigIntegerField(_("count"), default=0)
    counted_at = models.DateTimeField(_("counted at"), auto_now=True)

    class Meta:
        verbose_name = _("overview")
        verbose_name_plural = _("overview")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["day", "client_key", "what", "code"],
                name="ttminis_one_count_per_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.count} {self.get_what_display()} {self.code}".strip()
