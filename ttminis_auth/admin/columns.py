"""How the pages show a person: picture, ids to copy, health in words and colour.

Everything that a person or TikTok chose goes through ``format_html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import AdminSite, display
from django.db.models import Prefetch
from django.forms import Media
from django.http import HttpRequest
from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..flows.apps import tiktok_apps
from ..flows.operators import user_name
from ..identity import initial, stored_data, visible_name
from ..models import Grant, Health, Identity
from ..tiktok.types import RemovalReason
from .dates import here
from .links import linked

TOKENS = ("access_token", "refresh_token")
# TikTok's servers need not know which pages their people are looked at from.
PICTURE = (
    '<img src="{}" alt="" width="32" height="32" loading="lazy" decoding="async"'
    ' referrerpolicy="no-referrer">'
)
EMPTY = "-"
HEAD, TAIL = 8, 4
NAME_LENGTH = 60
# Half a character cannot be sent in UTF-8. What changes the direction of a text would
# reach beyond a name, and let somebody's open ID or username be read backwards.
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNFIT = dict.fromkeys((*range(0xD800, 0xE000), *_DIRECTIONS))

REASONS: Mapping[int, Promise] = {
    RemovalReason.UNKNOWN: gettext_lazy("TikTok gave no reason"),
    RemovalReason.USER_DISCONNECTED: gettext_lazy("the person removed the app"),
    RemovalReason.ACCOUNT_DELETED: gettext_lazy("the TikTok account was deleted"),
    RemovalReason.AGE_CHANGED: gettext_lazy("the person's age changed"),
    RemovalReason.BANNED: gettext_lazy("the TikTok account was banned"),
    RemovalReason.DEVELOPER_REVOKED: gettext_lazy("this site revoked it"),
}


def media() -> Media:
    """Return the style and the script that the columns need."""
    return Media(
        css={"all": ["ttminis_auth/ttminis-admin.css"]},
        js=["ttminis_auth/ttminis-admin.js"],
    )


def living_grants() -> Prefetch[str]:
    """Return what to prefetch for the scopes of a list: no token is read for it."""
    living = Grant.objects.living().defer(*TOKENS)
    return Prefetch("grants", living, to_attr="living_grants")


def app_names() -> dict[str, str]:
    """Return the names of TikTok's configured apps, by client key; one query."""
    return {app.client_id: app.name or app.client_id for app in tiktok_apps()}


def display_name(account: SocialAccount) -> str:
    """Return what the person calls themselves, empty where there is nothing to see."""
    name = visible_name(_told(account, "display_name"))
    return Truncator(name).chars(NAME_LENGTH)


def avatar(account: SocialAccount) -> SafeString:
    """Return the person's picture, on top of the initial that shows without it.

    TikTok's addresses expire: a picture that cannot be loaded is taken away.
    """
    letter = initial(display_name(account))
    url = _picture(account)
    picture = format_html(PICTURE, url) if url else ""
    return format_html('<span class="ttminis-avatar">{}{}</span>', letter, picture)


def copyable(value: str | None, *, whole: bool = False) -> SafeString | str:
    """Return an id, in short unless ``whole``, with a button that copies all of it."""
    if not value:
        return EMPTY
    return format_html(
        '<span class="ttminis-id{}"><code dir="ltr" title="{}">{}</code>'
        ' <button type="button" class="ttminis-copy" data-ttminis-copy="{}"'
        ' data-ttminis-copied="{}" title="{}" aria-label="{}"></button></span>',
        " ttminis-id-whole" if whole else "",
        value,
        value if whole else _short(value),
        value,
        _("Copied"),
        _("Copy"),
        _("Copy %(value)s") % {"value": value},
    )


def badge(kind: str, label: object) -> SafeString:
    """Return a word on a colour; ``kind`` is a value of a state or of ``Health``."""
    return format_html(
        '<span class="ttminis-badge ttminis-badge-{}">{}</span>', kind, label
    )


def health_badge(health: str) -> SafeString:
    """Return ``health_now`` of an identity or a grant as a badge."""
    return badge(health, Health(health).label)


def state_badge(identity: Identity) -> SafeString:
    """Return whether TikTok still lets this person in, as a badge."""
    return badge(identity.state, identity.get_state_display())


def scope_list(scopes: Any) -> SafeString | str:
    """Return the scopes one below the other."""
    return (
        format_html_join(
            "", '<div class="ttminis-scope">{}</div>', ((scope,) for scope in scopes)
        )
        or EMPTY
    )


def moment(at: datetime) -> str:
    """Return a time in the viewer's words, as Django shows those of a model's field."""
    return str(formats.localize(here(at)))


def removal_reason(identity: Identity) -> str:
    """Return in words why TikTok lets this person in no more."""
    reason = identity.removed_reason
    if reason is None:
        return EMPTY
    return str(REASONS.get(reason, _("reason %(number)s") % {"number": reason}))


def _told(account: SocialAccount, key: str) -> str:
    """Return a text that TikTok told of a person."""
    value = stored_data(account.extra_data).get(key)
    return value.translate(_UNFIT) if isinstance(value, str) else ""


def _picture(account: SocialAccount) -> str | None:
    url = _told(account, "avatar_url")
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("https", "http") and parts.netloc else None


def _short(value: str) -> str:
    if len(value) <= HEAD + TAIL:
        return value
    return f"{value[:HEAD]}…{value[-TAIL:]}"


class Columns:
    """The columns of a list of identities, as one viewer may see them.

    Made for each request, so that apps are looked up once, and users are linked only
    for whoever may see them. Needs ``with_user``, ``with_health`` and
    ``living_grants``.
    """

    def __init__(self, request: HttpRequest, site: AdminSite) -> None:
        self._request = request
        self._site = site
        self._app_names = app_names()

    @display(description=gettext_lazy("avatar"))
    def avatar(self, identity: Identity) -> SafeString:
        return avatar(identity.account)

    @display(description=gettext_lazy("display name"))
    def display_name(self, identity: Identity) -> str:
        return display_name(identity.account) or EMPTY

    @display(description=gettext_lazy("app"))
    def app(self, identity: Identity) -> str:
        return self._app_names.get(identity.client_key, identity.client_key)

    @display(description=gettext_lazy("user"))
    def user(self, identity: Identity) -> SafeString | str:
        user = identity.account.user
        return linked(user_name(user), user, self._request, self._site)

    @display(description=gettext_lazy("open ID"))
    def open_id(self, identity: Identity) -> SafeString | str:
        return copyable(identity.open_id)

    @display(description=gettext_lazy("union ID"))
    def union_id(self, identity: Identity) -> SafeString | str:
        return copyable(identity.union_id)

    @display(description=gettext_lazy("scopes"))
    def scopes(self, identity: Any) -> SafeString | str:
        granted = (grant.scope_list for grant in identity.living_grants)
        return scope_list(sorted({scope for scopes in granted for scope in scopes}))

    @display(description=gettext_lazy("state"))
    def state(self, identity: Identity) -> SafeString:
        return state_badge(identity)

    @display(description=gettext_lazy("token health"))
    def health(self, identity: Any) -> SafeString:
        return health_badge(identity.health_now)

    @display(description=gettext_lazy("last login"))
    def last_login(self, identity: Identity) -> str:
        return moment(identity.vouched_at)

    @display(description=gettext_lazy("open ID"))
    def whole_open_id(self, identity: Identity) -> SafeString | str:
        return copyable(identity.open_id, whole=True)

    @display(description=gettext_lazy("union ID"))
    def whole_union_id(self, identity: Identity) -> SafeString | str:
        return copyable(identity.union_id, whole=True)

    @display(description=gettext_lazy("removed because"))
    def removed_because(self, identity: Identity) -> str:
        return removal_reason(identity)
