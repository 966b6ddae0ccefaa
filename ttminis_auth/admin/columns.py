"""How pages show an identity: picture, ids to copy, health in words and colour.

Whatever a user or TikTok chose goes through ``format_html``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialAccount
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ..core.client_apps import tiktok_apps
from ..identity import initial, stored_data, visible_name
from ..linking.staff_rules import user_name
from ..models import Health, Identity
from .base import Row

# TikTok's servers need not know from which pages its users are looked at.
PICTURE = (
    '<img src="{}" alt="" width="32" height="32" loading="lazy" decoding="async"'
    ' referrerpolicy="no-referrer">'
)
EMPTY = "-"
NAME_LENGTH = 60
# Half a character cannot be sent in UTF-8. What changes the direction of a text would
# reach beyond a name, and let an open ID or a username be read backwards.
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNFIT = dict.fromkeys((*range(0xD800, 0xE000), *_DIRECTIONS))


@dataclass(frozen=True)
class FieldForViewer(Generic[Row]):
    """A column or read-only field made of a method that takes the request, too.

    Django calls a field with nothing but the row. Two of the same method and request
    are equal: Django looks for a page's fields among its read-only fields.
    """

    method: Callable[[HttpRequest, Row], str]
    request: HttpRequest

    @property
    def __name__(self) -> str:
        return self.method.__name__

    @property
    def short_description(self) -> object:
        return self.method.short_description  # type: ignore[attr-defined]

    def __call__(self, row: Row) -> str:
        return self.method(self.request, row)


def linked(
    text: str, row: Model, request: HttpRequest, site: AdminSite
) -> SafeString | str:
    """Return the text, as a link to the row's page where that opens for the viewer."""
    if not site.is_registered(type(row)):
        return text
    if not site.get_model_admin(type(row)).has_view_or_change_permission(request, row):
        return text
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    url = reverse(name, args=[quote(row.pk)], current_app=site.name)
    return format_html('<a href="{}">{}</a>', url, text)


def identity_line(
    identity: Identity | None, request: HttpRequest, site: AdminSite
) -> SafeString | str:
    """Return picture, name and user in a line that leads to the identity's page."""
    if identity is None:
        return EMPTY
    account = identity.account
    who = avatar(account), display_name(account), user_name(account.user)
    html = '<span class="ttminis-person">{} {} <small>{}</small></span>'
    return linked(format_html(html, *who), identity, request, site)


def app_names() -> dict[str, str]:
    """Return the names of TikTok's configured apps, by client key; one query."""
    return {app.client_id: app.name or app.client_id for app in tiktok_apps()}


def display_name(account: SocialAccount) -> str:
    """Return the display name at TikTok, empty where there is nothing to see."""
    name = visible_name(_stored_text(account, "display_name"))
    return Truncator(name).chars(NAME_LENGTH)


def avatar(account: SocialAccount) -> SafeString:
    """Return the picture at TikTok, on top of the initial that shows without it.

    TikTok's addresses expire: a picture that cannot be loaded is taken away.
    """
    url = _stored_text(account, "avatar_url")
    try:
        parts = urlsplit(url)
        is_picture = parts.scheme in ("https", "http") and bool(parts.netloc)
    except ValueError:
        is_picture = False
    picture = format_html(PICTURE, url) if is_picture else ""
    html = '<span class="ttminis-avatar">{}{}</span>'
    return format_html(html, initial(display_name(account)), picture)


def copyable(value: str | None) -> SafeString | str:
    """Return an id, which lists cut short, with a button that copies all of it."""
    if not value:
        return EMPTY
    return format_html(
        '<span class="ttminis-id"><code dir="ltr" title="{0}">{0}</code>'
        ' <button type="button" class="ttminis-copy" data-ttminis-copy="{0}"'
        ' data-ttminis-copied="{1}" title="{2}" aria-label="{3}"></button></span>',
        value,
        _("Copied"),
        _("Copy"),
        _("Copy %(value)s") % {"value": value},
    )


def badge(kind: str, label: object) -> SafeString:
    """Return a word on a colour; ``kind`` is a value of a state or of ``Health``."""
    html = '<span class="ttminis-badge ttminis-badge-{}">{}</span>'
    return format_html(html, kind, label)


def health_badge(health: str) -> SafeString:
    """Return ``health_now`` of an identity or a grant as a badge."""
    return badge(health, Health(health).label)


def scope_list(scopes: Iterable[str]) -> SafeString | str:
    """Return the scopes one below the other."""
    line = '<div class="ttminis-scope">{}</div>'
    return format_html_join("", line, ((scope,) for scope in scopes)) or EMPTY


def _stored_text(account: SocialAccount, key: str) -> str:
    """Return a text of the profile that TikTok sent."""
    value = stored_data(account.extra_data).get(key)
    return value.translate(_UNFIT) if isinstance(value, str) else ""
