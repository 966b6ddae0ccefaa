"""A small site beside the app that the variable ``NEIGHBOUR`` names."""

from __future__ import annotations

import os
from typing import Any

from neighbours.beside import BESIDE

NAME = os.environ["NEIGHBOUR"]
beside = BESIDE[NAME]

SECRET_KEY = "for tests beside other apps, and long enough for a signature"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "neighbours.urls"
STATIC_URL = "/static/"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    *beside.apps,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.socialaccount",
    "corsheaders",
    "ttminis_auth",
    "ttminis_auth.simulator",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ttminis_auth.middleware.TTMinisMiddleware",
    *beside.middleware,
]
AUTHENTICATION_BACKENDS = [
    *beside.backends,
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "ttminis_auth.backends.TTMinisBackend",
]
TEMPLATES = [
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
]
DATABASES: dict[str, Any] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
}
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_PROVIDERS = {
    "ttminis": {
        "APPS": [{"client_id": "mnsimdrama000001", "secret": "simulated-drama-secret"}]
    }
}
TTMINIS_SIMULATOR_OPEN = True
locals().update(beside.settings)

if NAME == "django-tenants":
    DATABASES["default"] = {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": os.environ.get("PGDATABASE", "ttminis"),
        "USER": os.environ.get("PGUSER", "ttminis"),
        "PASSWORD": os.environ.get("PGPASSWORD", "ttminis"),
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "PORT": os.environ.get("PGPORT", "5432"),
    }
    DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
    TENANT_MODEL = "shops.Shop"
    TENANT_DOMAIN_MODEL = "shops.Domain"
    SHARED_APPS = [*beside.apps, "django.contrib.contenttypes"]
    TENANT_APPS = INSTALLED_APPS[len(beside.apps) :]
    MIDDLEWARE.insert(0, "django_tenants.middleware.main.TenantMainMiddleware")
