"""A small production project: DEBUG off, sessions in the database, SQLite in a file."""

import os

BASE_URL = os.environ.get("BENCHMARKS_TIKTOK", "http://127.0.0.1:9")
CLIENT_KEY = "mnsimdrama000001"
CLIENT_SECRET = "simulated-drama-secret"

SECRET_KEY = "only for measuring, and long enough to please the deployment checks"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.tiktok",
    "social_django",
    "ttminis_auth",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
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
    "benchmarks.social.TikTok",
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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("BENCHMARKS_DATABASE", ":memory:"),
        # Otherwise each request opens the file anew, and allauth's login would pay
        # for that twice.
        "CONN_MAX_AGE": None,
        # What Django recommends for a site in production, and the login is what is
        # to be measured here, not how long the disc takes to sync.
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=1"},
    }
}
# Only where many connections are to be measured; libpq's variables say where it is.
if "BENCHMARKS_POSTGRES" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["BENCHMARKS_POSTGRES"],
            "CONN_MAX_AGE": None,
        }
    }
if "BENCHMARKS_POOL" in os.environ:
    # As Django asks for under ASGI, where each request has a thread of its own.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": int(os.environ["BENCHMARKS_POOL"])}
    }

ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_REDIRECT_URL = "/"
TTMINIS_API_BASE_URL = BASE_URL

# All clients of ``throughput`` may meet in one worker of uvicorn.
TTMINIS_MAX_CONCURRENT_CALLS = 16
SOCIAL_AUTH_TIKTOK_KEY, SOCIAL_AUTH_TIKTOK_SECRET = CLIENT_KEY, CLIENT_SECRET

_APP = {"client_id": CLIENT_KEY, "secret": CLIENT_SECRET, "name": "Drama"}
SOCIALACCOUNT_PROVIDERS = {
    "ttminis": {"APPS": [_APP]},
    # The narrowest scope with which allauth's provider can fetch its profile.
    "tiktok": {"APPS": [_APP], "SCOPE": ["user.info.basic"]},
}

# What one process measures differently from the others; see variants and starts.
if engine := os.environ.get("BENCHMARKS_SESSIONS"):
    SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
if strategy := os.environ.get("BENCHMARKS_HEADLESS"):
    INSTALLED_APPS += ["allauth.headless", "corsheaders"]
    MIDDLEWARE.insert(2, "corsheaders.middleware.CorsMiddleware")
    HEADLESS_TOKEN_STRATEGY = f"allauth.headless.tokens.strategies.{strategy}"
    HEADLESS_JWT_PRIVATE_KEY = os.environ.get("BENCHMARKS_JWT_KEY", "")
if os.environ.get("BENCHMARKS_WITHOUT_US"):
    INSTALLED_APPS.remove("ttminis_auth")
    MIDDLEWARE.remove("ttminis_auth.middleware.TTMinisMiddleware")
    AUTHENTICATION_BACKENDS.remove("ttminis_auth.backends.TTMinisBackend")
    SOCIALACCOUNT_PROVIDERS.pop("ttminis")
