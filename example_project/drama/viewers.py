"""Describe the viewer for the page: a name, a picture, and what has changed."""

import hashlib
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth.models import AbstractBaseUser, AbstractUser
from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest

from drama import progress
from ttminis_auth.models import Identity

FIRST = ["Amber", "Brisk", "Calm", "Dusky", "Hazel", "Keen", "Misty", "Quiet"]
SECOND = ["Badger", "Crane", "Egret", "Gull", "Heron", "Lynx", "Otter", "Plover"]
DAY = 24 * 60 * 60
TIKTOK = ("ttminis", "tiktok")  # the providers

# After the session has ended, a page sends this to prove which user it was showing.
_proofs = Signer(salt="drama.viewer")


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows about its viewer, ready for JSON."""
    user = request.user
    return {
        "id": str(user.pk) if user.is_authenticated else None,
        "name": display(user) if user.is_authenticated else None,
        "hue": _digest(user.username)[3] * 360 // 256,
        "seen": progress.seen(request),
        **_in_tiktok(request),
        "joined": cache.delete(_joined_key(user)),
        "removed": removed(request),
        "proof": _proofs.sign(user.pk) if user.is_authenticated else None,
    }


def display(user: AbstractUser) -> str:
    """Return a name to greet the user by.

    A silent login brings no name. After a consent, ttminis_auth stores it in the user.
    Until then, make a nickname from the generated username.
    """
    if user.get_full_name() or user.has_usable_password():
        return user.get_full_name() or user.get_username()
    first, second, third = _digest(user.get_username())[:3]
    return f"{FIRST[first % 8]} {SECOND[second % 8]} {third:02x}"


def note_joined(user: AbstractBaseUser) -> None:
    """Have the next page say, once, that another user was merged into this one."""
    cache.set(_joined_key(user), True)


def note_removed(identity: Identity) -> None:
    """Have the pages say why the user was logged out, and greet the user's return."""
    cache.set(_removed_key(identity.account.user_id), identity.pk, DAY)


def removed(request: HttpRequest) -> str | None:
    """Return the app that the viewer has removed in TikTok, if the page should say so.

    It should until the viewer logs in again, and once after that. A removal ends the
    session, so the page sends ``proof`` of the user that it was showing. Without it, a
    visitor could ask about any user.
    """
    key = _removed_key(request.user.pk or _proven(request))
    identity = Identity.objects.filter(pk=cache.get(key)).first()
    is_away = identity and identity.state == Identity.State.REMOVED
    # A removal ends no password session: such a user is neither away nor back.
    if not identity or is_away == request.user.is_authenticated:
        return None
    if not is_away:
        cache.delete(key)
    return _app_name(identity.client_key)


def _proven(request: HttpRequest) -> str | None:
    try:
        return _proofs.unsign(request.GET.get("proof", ""))
    except BadSignature:
        return None


def _joined_key(user: Any) -> str:
    return f"drama-joined:{user.pk}"


def _removed_key(pk: Any) -> str:
    return f"drama-removed:{pk}"


def _in_tiktok(request: HttpRequest) -> dict[str, Any]:
    """Return the user's apps, and the picture of the latest consent.

    The picture's address expires within hours; the page then shows an initial.
    ``nameless`` means that the page should ask for consent.
    """
    identities = Identity.objects.filter(account__user=request.user.pk)
    known = list(identities.select_related("account").order_by("pk"))
    consented = {one.profile_fetched_at: one for one in known if one.profile_fetched_at}
    latest = consented[max(consented)] if consented else None
    return {
        "apps": [_app_name(one.client_key) for one in known],
        "nameless": bool(known) and not consented,
        "picture": latest.account.extra_data.get("avatar_url") if latest else None,
    }


def _app_name(client_key: str) -> str:
    # Filter by provider: an app of another provider may have the same client id.
    apps = [app for app in get_adapter().list_apps(None) if app.provider in TIKTOK]
    return {app.client_id: app.name for app in apps}.get(client_key, client_key)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
