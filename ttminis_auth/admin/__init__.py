"""Where Django admin comes in: what is looked at and what is done.

identities/                                     the pages
acting/                                         how an action is offered and done
lists/, columns, links                          how rows are shown, be it a million
base                                            Django's classes, or a theme's
"""

from __future__ import annotations

from django.contrib import admin

from ..models import Identity
from .identities.pages import IdentityAdmin

__all__ = [
    "IdentityAdmin",
]

admin.site.register(Identity, IdentityAdmin)
