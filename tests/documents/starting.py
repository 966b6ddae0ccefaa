"""Start a Django project with each block of settings, each in its own process.

The blocks come on standard input. A line ``# ...`` in a list stands for the entries
that a project already has.
"""

from __future__ import annotations

import os
import re
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib import admin
from django.core import checks
from django.urls import include, path

BASE: dict[str, Any] = {
    "BASE_DIR": Path("/nowhere"),
    "SECRET_KEY": "for-blocks-of-the-documents",
    "ROOT_URLCONF": "urls",
    "USE_TZ": True,
    "STATIC_URL": "static/",
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "DATABASES": {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    },
    "INSTALLED_APPS": [
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "allauth",
        "allauth.account",
        "allauth.socialaccount",
        "ttminis_auth",
    ],
    "MIDDLEWARE": [
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
        "ttminis_auth.middleware.TTMinisMiddleware",
    ],
    "AUTHENTICATION_BACKENDS": [
        "django.contrib.auth.backends.ModelBackend",
        "allauth.account.auth_backends.AuthenticationBackend",
        "ttminis_auth.backends.TTMinisBackend",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    "SOCIALACCOUNT_PROVIDERS": {
        "ttminis": {"APPS": [{"client_id": "mnany", "secret": "any"}]}
    },
    "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",
}


def configured(block: str) -> dict[str, Any]:
    """Return the settings of a project with the block added."""
    found = dict(BASE)
    filled = re.sub(
        r"^(\w+) = \[$.*?^\]$",
        lambda each: re.sub(r"# \.\.\.", f"*BASE['{each[1]}'],", each[0]),
        block,
        flags=re.MULTILINE | re.DOTALL,
    )
    exec(filled, found | {"BASE": BASE}, found)
    for name in ("INSTALLED_APPS", "MIDDLEWARE", "AUTHENTICATION_BACKENDS"):
        found[name] = list(dict.fromkeys(found[name]))
    return {name: value for name, value in found.items() if name.isupper()}


def start(block: str) -> None:
    """Start the project and run the system checks."""
    found = configured(block)
    if find_spec("MySQLdb") is None:
        for each in found["DATABASES"].values():
            # The MySQL driver is compiled, and not installed everywhere.
            each["ENGINE"] = each["ENGINE"].replace("backends.mysql", "backends.dummy")
    settings.configure(**found)
    django.setup()
    urls: Any = types.ModuleType("urls")
    urls.urlpatterns = [
        path("admin/", admin.site.urls),
        path("accounts/", include("allauth.urls")),
    ]
    if "allauth.headless" in settings.INSTALLED_APPS:
        urls.urlpatterns.append(path("_allauth/", include("allauth.headless.urls")))
    if "ttminis_auth.simulator" in settings.INSTALLED_APPS:
        simulator = include("ttminis_auth.simulator.urls")
        urls.urlpatterns.append(path("tiktok/", simulator))
    sys.modules["urls"] = urls
    for found in checks.run_checks():
        if found.level >= checks.ERROR and not found.is_silenced():
            raise RuntimeError(f"{found.id}: {found.msg}")


def main() -> None:
    for shown in sys.stdin.read().split("\0"):
        place, _, block = shown.partition("\n")
        # Fork, so that no project finds modules of the one before.
        if (child := os.fork()) == 0:
            try:
                start(block)
            except Exception as error:  # noqa: BLE001  it is shown
                print(f"{place}: {error!r}", flush=True)  # noqa: T201
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
