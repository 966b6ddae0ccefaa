"""Refresh all grants of one identity now, for an operator."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..errors import Misconfigured, TikTokNotReached
from ..models import Grant, Identity
from . import refresh_grant
from .refresh_report import Tally


def refresh_identity(identity: Identity) -> Tally:
    """Renew each active grant of an identity, due or not, and return a report.

    Each is committed at once, inside a caller's transaction too. What others renewed
    since we began counts as refreshed, and is not renewed again. Whoever is left
    without a living grant is marked as in need of a login.
    """
    tally, began = Tally(), timezone.now()
    # Not their tokens: whoever holds the row reads them, when it is theirs.
    for grant in identity.grants.living().only("identity").order_by("pk"):
        if not tally.refused_apps:
            tally = _counted(tally, identity, grant, began)
    refresh_grant.note_loss(identity)
    return tally


def _counted(tally: Tally, identity: Identity, grant: Grant, began: datetime) -> Tally:
    try:
        lives = refresh_grant.apart_from_transaction(partial(_renew, grant, began))
    except Misconfigured:
        return replace(tally, refused_apps=(identity.client_key,))
    except TikTokNotReached:
        return replace(tally, failed=tally.failed + 1)
    if lives is None:
        return tally
    if lives:
        return replace(tally, refreshed=tally.refreshed + 1)
    return replace(tally, dead=tally.dead + 1)


@sensitive_variables()
def _renew(grant: Grant, began: datetime) -> bool | None:
    """Renew it unless somebody just did; None where a newer grant took its place."""
    with refresh_grant.locked(grant) as found:
        if found is None:
            return None
        if found.dead_at or found.issued_at > began:
            return found.dead_at is None
        return refresh_grant.renew(found)
