"""Mistakes in the settings, found at start-up and each with its way out."""

from __future__ import annotations

from django.core import checks

from .apps import check_app_rows, check_apps
from .collations import check_collations
from .databases import check_isolation, check_one_database, check_transaction_mode
from .hosted import check_hosted
from .surroundings import (
    check_codes_by_mail,
    check_logouts,
    check_proxies,
    check_reauthentication,
    check_sessions,
    check_silence,
    check_times,
    check_token_copy,
)
from .users import check_user_model
from .values import check_settings


def register() -> None:
    """Hand the checks to Django."""
    for check in (
        check_settings,
        check_apps,
        check_silence,
        check_codes_by_mail,
        check_times,
        check_token_copy,
        check_sessions,
        check_logouts,
        check_reauthentication,
        check_hosted,
        check_transaction_mode,
        check_one_database,
        check_user_model,
    ):
        checks.register(check)
    for of_rows in (check_app_rows, check_collations, check_isolation):
        checks.register(of_rows, checks.Tags.database)
    checks.register(check_proxies, checks.Tags.security, deploy=True)
