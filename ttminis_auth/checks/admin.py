"""What Django's admin would show, and what it is built upon.

For projects with Django's admin: importing this imports it.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.admin.sites import all_sites
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from ..conf import conf
from .values import can_be_read

# With which mixin of ours an admin keeps them to itself.
_SECRETS: dict[str, tuple[str, str]] = {
    "socialaccount.SocialToken": ("token", "MaskedSocialTokenMixin"),
    "socialaccount.SocialApp": ("secret", "MaskedSocialAppMixin"),
    "usersessions.UserSession": ("session_key", "MaskedUserSessionMixin"),
}


def check_admin(**kwargs: object) -> list[checks.CheckMessage]:
    """Check that admin has its classes, and keeps secrets to itself."""
    if not can_be_read():
        return []
    return [*_wrong_base(), *_open_pages()]


def _wrong_base() -> Iterator[checks.CheckMessage]:
    # Usually Django's autodiscovery fails of this before; not every project has it.
    try:
        _ = conf.admin_base
    except ImproperlyConfigured as error:
        yield checks.Error(
            str(error),
            hint="Name the module of your theme that has both classes, as "
            '"unfold.admin", or leave the setting out.',
            id="ttminis_auth.E012",
        )


def _open_pages() -> Iterator[checks.CheckMessage]:
    if not conf.TTMINIS_ADMIN_MASK_SECRETS:
        return
    for site in all_sites:
        for admin in site._registry.values():
            column, mixin = _SECRETS.get(admin.opts.label, ("", ""))
            if column and column not in getattr(admin, "secret_fields", ()):
                yield checks.Warning(
                    f"The pages of {type(admin).__qualname__} on the admin site "
                    f"'{site.name}' show secrets.",
                    hint=f"Put ttminis_auth.admin.{mixin} before its other "
                    "base classes, or set TTMINIS_ADMIN_MASK_SECRETS = False.",
                    id="ttminis_auth.W014",
                )
