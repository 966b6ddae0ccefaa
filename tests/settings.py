"""Settings of the test project: every optional part of allauth is installed."""

import logging
import os
from pathlib import Path
from typing import Any

from corsheaders.defaults import default_headers

BASE_DIR = Path(__file__).parent
SECRET_KEY = "only for tests, and long enough to please the deployment checks"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.tiktok",
    "corsheaders",
    "ttminis_auth",
    "ttminis_auth.simulator",
]
MIDDLEWARE = [
    "tests.admin.guard.NoSecretInAdmin",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ttminis_auth.middleware.TTMinisMiddleware",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "ttminis_auth.backends.TTMinisBackend",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
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

kind = os.environ.get("TEST_DATABASE", "")
if kind.endswith("postgres"):
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("PGDATABASE", "ttminis"),
        "USER": os.environ.get("PGUSER", "ttminis"),
        "PASSWORD": os.environ.get("PGPASSWORD", "ttminis"),
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "PORT": os.environ.get("PGPORT", "5432"),
    }
elif kind == "mariadb":
    database = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": os.environ.get("MARIADB_DATABASE", "ttminis"),
        "USER": os.environ.get("MARIADB_USER", "ttminis"),
        "PASSWORD": os.environ.get("MARIADB_PASSWORD", "ttminis"),
        "HOST": os.environ.get("MARIADB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("MARIADB_PORT", "3306"),
        # As Debian's MariaDB comes: the case of a letter makes no difference to it.
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_general_ci"},
    }
else:
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    MIDDLEWARE.insert(1, "tests.turns.InTurns")

DATABASES = {"default": database}
if kind.startswith("routed"):
    # A query that names no database uses "default", and fails here.
    DATABASES = {"default": {}, "people": database}
    database["TEST"] = {"DEPENDENCIES": []}
    DATABASE_ROUTERS = ["tests.routers.ToPeople"]

CORS_ALLOW_HEADERS = (*default_headers, "x-session-token")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_EMAIL_VERIFICATION = "none"
TTMINIS_SIMULATOR_OPEN = True
TTMINIS_ADMIN_USER_INLINE = True
# At the start of each process it says that this is no good idea without DEBUG.
logging.getLogger("ttminis_auth.simulator").addHandler(logging.NullHandler())
# The simulator answers late only where a test asks for it, or the machine is busy.
SOCIALACCOUNT_REQUESTS_TIMEOUT = 30
# Some tests log twenty people in at once, which is about races and not about overload.
TTMINIS_MAX_CONCURRENT_CALLS = 32
SOCIALACCOUNT_PROVIDERS = {
    "tiktok": {
        "provider_class": "ttminis_auth.web.provider.TikTokWebProvider",
        "APPS": [
            {
                "client_id": "awsimweb00000003",
                "secret": "simulated-web-secret",
                "name": "Web site",
            }
        ],
    },
    "ttminis": {
        "APPS": [
            {
                "client_id": "mnsimdrama000001",
                "secret": "simulated-drama-secret",
                "name": "Drama",
            }
        ]
    },
}
