from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TTMinisAuthConfig(AppConfig):
    """Installs the provider ``ttminis``, its models, checks and receivers."""

    name = "ttminis_auth"
    verbose_name = _("TikTok Minis login")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # These modules need the app registry to be complete.
        from . import checks, receivers
        from .core import counts

        checks.register()
        receivers.connect()
        counts.write_on_sigterm()
