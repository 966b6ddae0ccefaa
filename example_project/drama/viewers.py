"""Who is watching, in words that tell people apart."""

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

# A page whose session has ended proves by it whom it was showing.
_proofs = Signer(salt="drama.viewer")


def describe(request: HttpRequest) -> dict[str, Any]:
    """Return all that the page shows about its viewer, ready for JSON."""
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
    """Return a name to greet by.

    A silent login knows no name: only consent tells it, and then ttminis_auth fills it
    in. Until then, instead of calling everybody "viewer", the username that was made up
    for them picks a nickname.
    """
    if user.get_full_name() or user.has_usable_password():
        return user.get_full_name() or user.get_username()
    first, second, third = _digest(user.get_username())[:3]
    return f"{FIRST[first % 8]} {SECOND[second % 8]} {third:02x}"


def note_joined(user: AbstractBaseUser) -> None:
    """Have the next page say, once, that another user has become this one."""
    cache.set(_joined_key(user), True)


def note_removed(identity: Identity) -> None:
    """Have the pages say why nobody is logged in, and greet who comes back."""
    cache.set(_removed_key(identity.account.user_id), identity.pk, DAY)


def removed(request: HttpRequest) -> str | None:
    """Return the app that the viewer removed in TikTok, if that is news.

    That is as long as they are away, and once more when they are back. A removal ends
    the session, so a page gives ``proof`` of whom it was showing: else anybody could
    ask about anybody.
    """
    key = _removed_key(request.user.pk or _proven(request))
    identity = Identity.objects.filter(pk=cache.get(key)).first()
    is_away = identity and identity.state == Identity.State.REMOVED
    # Not every session ends: who logged in by password is neither away nor back.
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
    """Return the apps that know the user, and the picture they last agreed to show.

    TikTok lets the picture's address expire within hours; the page then shows an
    initial. ``nameless`` says that there is a consent to ask for.
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
    # By provider, too: an app of another one may be given any client id.
    apps = [app for app in get_adapter().list_apps(None) if app.provider in TIKTOK]
    return {app.client_id: app.name for app in apps}.get(client_key, client_key)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
