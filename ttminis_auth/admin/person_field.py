"""One person in a line: picture, name, user, and the way to their page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..flows.operators import user_name
from ..models import Identity
from .columns import EMPTY, avatar, display_name
from .links import linked


@dataclass(frozen=True)
class Person:
    """A read-only field that knows who is looking.

    Attributes:
        identity_of: returns the identity, ``with_user``, of what the page shows; None
            where we know nobody.
        short_description: above the field.
    """

    site: AdminSite
    request: HttpRequest
    identity_of: Callable[[Any], Identity | None]
    short_description: Any

    __name__: ClassVar[str] = "ttminis-person"  # its class in the page

    def __call__(self, shown: Any) -> SafeString | str:
        identity = self.identity_of(shown)
        if identity is None:
            return EMPTY
        account = identity.account
        line = format_html(
            '<span class="ttminis-person">{} {} <small>{}</small></span>',
            avatar(account),
            display_name(account),
            user_name(account.user),
        )
        return linked(line, identity, self.request, self.site)
