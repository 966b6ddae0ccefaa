"""Put a mixin before whatever class a site has for somebody else's model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model


def mix_in(
    site: AdminSite, mixins: Mapping[type[Model], type[Any]], prefix: str
) -> None:
    """Register these models anew with their mixins; what has its mixin stays.

    Models that the site does not have are left out. ``prefix`` begins the names of the
    new classes.
    """
    for model, mixin in mixins.items():
        registered = type(site._registry[model]) if site.is_registered(model) else mixin
        if not issubclass(registered, mixin):
            site.unregister(model)
            name = f"{prefix}{registered.__name__}"
            site.register(model, type(name, (mixin, registered), {}))
