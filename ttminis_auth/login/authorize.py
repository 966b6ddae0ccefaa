"""Store the profile of a user who just consented to share it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from ..core import concurrent_calls, sessions
from ..linking import detect
from ..profile.user_info import fetch_after_consent
from ..tiktok.scopes import user_info_fields
from ..tiktok.secret import Secret
from .enter import Outcome, enter, second_look, verify
from .sociallogin import TTMinisSocialLogin


@sensitive_variables()
def authorize(request: HttpRequest, provider: Any, code: Secret) -> Outcome:
    """Log in or upgrade the person whom the code of ``TTMinis.authorize`` belongs to.

    Scopes come from TikTok's answer and never from the page, which could claim any.
    When TikTok grants the scope and then fails to answer with the profile, the grant
    is kept and the outcome says ``profile_pending``.

    Raises a LoginRefused; then no user, account or identity was made.
    """
    # One place for both calls, or a busy moment would give the code and no profile.
    with concurrent_calls.place():
        sociallogin = verify(request, provider, code)
        sociallogin.state["process"] = "authorize"
        # Refuse a stranger's code before TikTok is asked for the stranger's profile.
        sociallogin.step(request)
        user_info = fetch_after_consent(provider.app, sociallogin.token_grant)
    if user_info:
        person = replace(sociallogin.person, user_info=user_info)
        # Whoever was found before TikTok was asked may be banned or gone by now.
        sociallogin = sociallogin.anew(request, person)
    outcome = second_look(request, sociallogin, enter)
    if user_info and not outcome.pending:
        outcome = _link(request, sociallogin, outcome)
    expected = bool(user_info_fields(sociallogin.token_grant.scopes))
    return replace(outcome, profile_pending=expected and user_info is None)


def _link(
    request: HttpRequest, sociallogin: TTMinisSocialLogin, outcome: Outcome
) -> Outcome:
    """Join the person's other users as the project's policy says.

    When that took away the user who is logged in, the person goes on as the one who
    stayed: through the whole login, because that one may want a second factor.
    """
    merged = detect.consider(outcome.account.ttminis_identity)
    if not merged:
        return outcome
    if merged == outcome.user:
        detect.keep_logged_in(request, merged)
        return outcome
    kept = sessions.data(request)
    again = sociallogin.after_merge(request)
    again.state["process"] = "switch"
    outcome = enter(request, again)
    if not outcome.pending:
        request.session.update(kept)
    return outcome
