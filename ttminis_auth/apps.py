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
        from django.apps import apps
        from django.contrib.auth import get_user_model
        from django.core import checks as django_checks

        from . import checks, receivers
        from .core import counts, user_columns

        checks.register()
        if apps.is_installed("django.contrib.admin"):
            from .checks.admin import check_admin

            django_checks.register(check_admin)
        receivers.connect()
        user_columns.give_nameless_users_a_text(get_user_model())
        counts.write_on_sigterm()
