"""The apps that logins are tried beside, and what each needs in a project.

They are a table of ``docs/reference/compatibility.rst``. Nothing of Django is imported:
the documents are built without these sites.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """What a site adds for an app.

    Attributes:
        needs: what a project with both writes, as the page says it.
        apps: in INSTALLED_APPS, before Django's.
        middleware: at the end of MIDDLEWARE.
        settings: what the site writes besides, because of us or because of the app.
        has_records: the app keeps or sends what happens.
    """

    needs: str
    apps: tuple[str, ...] = ()
    middleware: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    has_records: bool = False


BESIDE = {
    "django-axes": Neighbour(
        needs='``AXES_SENSITIVE_PARAMETERS = ["code"]`` if a view of yours takes codes '
        "from a form. Our endpoints neither count as failed logins nor are locked",
        apps=("axes",),
        middleware=("axes.middleware.AxesMiddleware",),
        backends=("axes.backends.AxesStandaloneBackend",),
        settings={"AXES_SENSITIVE_PARAMETERS": ["code"]},
        has_records=True,
    ),
    "django-auditlog": Neighbour(
        needs='``AUDITLOG_EXCLUDE_TRACKING_MODELS = ("sessions",)`` where '
        "``AUDITLOG_INCLUDE_ALL_MODELS`` is set: a session's key is the token of a "
        "hosted page",
        apps=("auditlog",),
        middleware=("auditlog.middleware.AuditlogMiddleware",),
        settings={
            "AUDITLOG_INCLUDE_ALL_MODELS": True,
            "AUDITLOG_EXCLUDE_TRACKING_MODELS": ("sessions",),
        },
        has_records=True,
    ),
    "django-easy-audit": Neighbour(
        needs="nothing",
        apps=("easyaudit",),
        middleware=("easyaudit.middleware.easyaudit.EasyAuditMiddleware",),
        has_records=True,
    ),
    "django-tenants": Neighbour(
        needs="this package and allauth in ``TENANT_APPS``: each tenant has users of "
        "its own. PostgreSQL",
        apps=("django_tenants", "neighbours.shops"),
    ),
    "djangorestframework-simplejwt": Neighbour(
        needs="nothing: ``RefreshToken.for_user(user)`` works",
        apps=("rest_framework", "rest_framework_simplejwt.token_blacklist"),
    ),
    "django-oauth-toolkit": Neighbour(
        needs="nothing: visitors may grant other sites their account",
        apps=("oauth2_provider",),
    ),
    "django-unfold": Neighbour(
        needs="``unfold`` before ``django.contrib.admin``",
        apps=("unfold",),
    ),
    "sentry-sdk": Neighbour(
        needs="the scrubber of `Privacy <../operate/privacy.rst>`_",
        has_records=True,
    ),
}
# Its own tests are run, in place of logins beside it.
ALLAUTH = "django-allauth"
NEEDS = {
    ALLAUTH: "nothing: its own tests pass with this package",
    **{name: each.needs for name, each in BESIDE.items()},
}
