"""What the codes of failures and removals mean, to whoever runs the site."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .columns import REASONS

REFUSALS: Mapping[str, Promise] = {
    "account_mismatch": _("another user was logged in"),
    "code_rejected": _("TikTok did not take the code"),
    "connected_other": _("the TikTok account is another user's"),
    "csrf_failed": _("the request was forged, or its page outdated"),
    "invalid_request": _("the request was malformed"),
    "login_again": _("a parallel request was faster"),
    "login_required": _("nobody was logged in to connect to"),
    "login_vetoed": _("a hook of the project's said no"),
    "misconfigured": _("TikTok refuses the app's key or secret"),
    "origin_refused": _("the page is not the app's own"),
    "rate_limited": _("too many bad codes from one address"),
    "reauthentication_impossible": _("the user has nothing to confirm it with"),
    "signup_closed": _("no new users are taken"),
    "tiktok_unavailable": _("TikTok gave no usable answer"),
    "token_refused": _("TikTok did not hand out the profile"),
    "unknown_client_key": _("no app here has the client key"),
    "user_inactive": _("the user is deactivated"),
}

# Counted under TikTok's numbers (webhooks-events).
REMOVALS: Mapping[str, Promise] = {
    str(int(number)): text for number, text in REASONS.items()
}
