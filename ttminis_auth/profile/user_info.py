"""Fetch a profile after a consent, and again when its picture has expired."""

from __future__ import annotations

import logging
from functools import partial

from allauth.socialaccount.models import SocialApp
from django.views.decorators.debug import sensitive_variables

from ..core import database, upstream
from ..core.client_apps import app_of
from ..core.locks import hold_accounts_beside
from ..core.users import NAME_FIELDS
from ..errors import LoginRefused, TikTokNotReached, TokenUnavailable
from ..identity import merged_extra_data, profile_data, stored_data
from ..linking import detect
from ..models import Grant, Identity
from ..signals import profile_fetched
from ..tiktok.scopes import BASIC, user_info_fields
from ..tiktok.secret import Secret
from ..tiktok.types import TokenGrant, UserInfo
from ..tokens import access

logger = logging.getLogger("ttminis_auth")


def fetch_after_consent(app: SocialApp, token_grant: TokenGrant) -> UserInfo | None:
    """Return the profile that a fresh grant lets us see.

    None when the scopes allow none, or when TikTok gives none just now: the grant is
    good all the same. Raises TikTokNotReached when it is another person's profile.
    """
    fields = user_info_fields(token_grant.scopes)
    if not fields:
        return None
    try:
        info = upstream.user_info(app, token_grant.access_token, fields)
    except LoginRefused:
        return None
    require_same_person(token_grant.open_id, info)
    return info


@sensitive_variables()
def fetch(identity: Identity) -> bool:
    """Fetch and store the profile of a user who consented earlier.

    False when no grant of theirs is good for it: then only the user can help, by
    consenting again. False, too, for a user who was erased while TikTok was asked.
    Raises TokenRefused, Misconfigured or TikTokNotReached.
    """
    app = app_of(identity)
    if app is None:
        return False
    try:
        info = access.with_grant(identity, partial(_ask, app), BASIC)
    except TokenUnavailable:
        return False
    require_same_person(identity.open_id, info)
    return store(identity, info)


@sensitive_variables()
def _ask(app: SocialApp, grant: Grant, token: Secret) -> UserInfo:
    return upstream.user_info(app, token, user_info_fields(grant.scope_list))


def require_same_person(open_id: str, info: UserInfo) -> None:
    """Raise TikTokNotReached for the profile of another open_id."""
    if info.open_id != open_id:
        # TikTok mixed two people up. To store either would give one of them the
        # name, the picture and by union_id perhaps the user of the other.
        logger.error("TikTok answered with the profile of another open_id")
        raise TikTokNotReached


def store(identity: Identity, info: UserInfo) -> bool:
    """Keep a profile, and join the users who turn out to be one person by it.

    False for a user who was erased meanwhile.
    """
    with database.atomic():
        account = hold_accounts_beside(identity.account_id)
        if account is None or not identity.note_profile(info):
            return False
        account.extra_data = merged_extra_data(account.extra_data, profile_data(info))
        account.save(update_fields=["extra_data"])
    try:
        profile_fetched.send(sender=Identity, identity=identity, user_info=info)
    finally:
        # The union_id is stored: whatever a receiver does, this is the only look at it.
        detect.consider(identity)
    return True


def forget(identity: Identity) -> None:
    """Forget name, picture and ``union_id``; who they are to us stays."""
    account, user = identity.account, identity.account.user
    name = stored_data(account.extra_data).get("display_name")
    account.extra_data = {"open_id": identity.open_id}
    account.save(update_fields=["extra_data"])
    identity.union_id = identity.profile_fetched_at = None
    identity.searchable_name = ""
    identity.save(update_fields=["union_id", "profile_fetched_at", "searchable_name"])
    # Where the user's name is TikTok's, and not their own choice.
    names = [field for field in NAME_FIELDS if getattr(user, field, "")]
    if names and " ".join(getattr(user, field) for field in names) == name:
        vars(user).update(dict.fromkeys(names, ""))
        user.save(update_fields=names)
