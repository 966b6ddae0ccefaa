"""Whether tokens can be used: the words for it, and what they are in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A token is renewed this long before it expires, so that the caller who gets it can
# still use it; TikTok advises 10 to 30 minutes (tiktok-minis-silent-login).
MARGIN = timedelta(minutes=10)
# Of a lifetime that is short itself, no more than this part is given away.
LARGEST_MARGIN = 1 / 10
# For an answer that names no lifetime: the shortest that TikTok documents
# (oauth-user-access-token-management, 5 November 2026).
ASSUMED_LIFETIME = timedelta(hours=2)


class Health(models.TextChoices):
    """Whether the tokens of a user can be used."""

    OK = "ok", _("ok")
    EXPIRES_SOON = "expires_soon", _("expires soon")
    DEAD = "dead", _("dead")
    NONE = "none", _("none")


def by_health() -> list[tuple[Health, Q]]:
    """Return what is true of a grant of each health, if nothing before it is."""
    now = timezone.now()
    later = Q(refresh_expires_at=None) | Q(refresh_expires_at__gt=now)
    renewable = Q(dead_at=None, refresh_token__isnull=False) & later
    return [
        (Health.OK, Q(dead_at=None, access_token__isnull=False) & _is_fresh(now)),
        (Health.EXPIRES_SOON, renewable),
        (Health.DEAD, Q(pk__isnull=False)),
    ]


def _is_fresh(now: datetime) -> Q:
    """Say in SQL what ``Grant.is_fresh`` says of the time that is left."""
    at = Value(now, output_field=models.DateTimeField())
    expires = Coalesce("access_expires_at", F("issued_at") + Value(ASSUMED_LIFETIME))
    # More than a tenth of the lifetime is left when nine times what is left is more
    # than what is gone. Databases without a type for durations count microseconds.
    left = models.ExpressionWrapper(expires - at, models.BigIntegerField())
    gone = models.ExpressionWrapper(at - F("issued_at"), models.BigIntegerField())
    return Q(GreaterThan(expires, at + Value(MARGIN))) | Q(GreaterThan(left * 9, gone))
