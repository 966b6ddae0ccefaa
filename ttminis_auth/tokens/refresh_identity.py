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
from .refresh_report import RefreshReport


def refresh_identity(identity: Identity) -> RefreshReport:
    """Renew each active grant of an identity, due or not, and return a report.

    Each is committed at once, inside a caller's transaction too. What another process
    renewed since this one began counts as refreshed, and is not renewed again. An
    identity that is left without an active grant is marked as in need of a login.
    """
    report, began = RefreshReport(), timezone.now()
    # Without the tokens: they are read when the row is locked.
    for grant in identity.grants.active().only("identity").order_by("pk"):
        if not report.refused_apps:
            report = _counted(report, identity, grant, began)
    refresh_grant.note_loss(identity)
    return report


def _counted(
    report: RefreshReport, identity: Identity, grant: Grant, began: datetime
) -> RefreshReport:
    try:
        lives = refresh_grant.apart_from_transaction(partial(_renew, grant, began))
    except Misconfigured:
        return replace(report, refused_apps=(identity.client_key,))
    except TikTokNotReached:
        return replace(report, failed=report.failed + 1)
    if lives is None:
        return report
    if lives:
        return replace(report, refreshed=report.refreshed + 1)
    return replace(report, dead=report.dead + 1)


@sensitive_variables()
def _renew(grant: Grant, began: datetime) -> bool | None:
    """Renew it unless another process just did; None if a newer grant replaced it."""
    with refresh_grant.locked(grant) as found:
        if found is None:
            return None
        if found.dead_at or found.issued_at > began:
            return found.dead_at is None
        return refresh_grant.renew(found)
