"""The apps that logins are tried beside, and what each needs in the settings.

``docs/reference/compatibility.rst`` shows it; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """What a site adds for an app.

    Attributes:
        apps: in INSTALLED_APPS, before Django's.
        middleware: at the end of MIDDLEWARE.
        settings: what the site writes besides, because of us or because of the app.
        has_records: the app keeps or sends what happens.
    """

    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    has_records: bool = False


BESIDE = {
    "django-axes": Neighbour(
        apps=("axes",),
        middleware=("axes.middleware.AxesMiddleware",),
        backends=("axes.backends.AxesStandaloneBackend",),
        settings={"AXES_SENSITIVE_PARAMETERS": ["code"]},
        has_records=True,
    ),
    "django-auditlog": Neighbour(
        apps=("auditlog",),
        middleware=("auditlog.middleware.AuditlogMiddleware",),
        settings={
            "AUDITLOG_INCLUDE_ALL_MODELS": True,
            # A session's key is the token of a page that TikTok hosts.
            "AUDITLOG_EXCLUDE_TRACKING_MODELS": ("sessions",),
        },
        has_records=True,
    ),
    "django-easy-audit": Neighbour(
        apps=("easyaudit",),
        middleware=("easyaudit.middleware.easyaudit.EasyAuditMiddleware",),
        has_records=True,
    ),
    "django-tenants": Neighbour(apps=("django_tenants", "neighbours.shops")),
    "djangorestframework-simplejwt": Neighbour(
        apps=("rest_framework", "rest_framework_simplejwt.token_blacklist"),
    ),
    "django-oauth-toolkit": Neighbour(apps=("oauth2_provider",)),
    "django-unfold": Neighbour(apps=("unfold",)),
    "sentry-sdk": Neighbour(has_records=True),
}
