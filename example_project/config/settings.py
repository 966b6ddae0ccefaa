"""Settings of the example: a mini drama with silent TikTok login.

The settings that your own project needs are marked [1] to [5]; the rest is plain
Django. With the simulated TikTok you can also try a second mini app and a web login,
[6]. In production, TikTok hosts the page: such a page needs [7].
"""

import os
from pathlib import Path
from typing import Any

import django
from corsheaders.defaults import default_headers

BASE_DIR = Path(__file__).resolve().parents[1]
HOST = os.environ.get("EXAMPLE_HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))

# --- TikTok: the simulated one, or the real one -----------------------------------
#
# Without a TikTok account you get the simulator, which this process serves at /tiktok/.
# With the client key and secret of your mini app,
#
#     TTMINIS_CLIENT_KEY=… TTMINIS_CLIENT_SECRET=… make demo
#
# the same code calls the real TikTok, and the simulator is not installed.

CLIENT_KEY = os.environ.get("TTMINIS_CLIENT_KEY", "")
CLIENT_SECRET = os.environ.get("TTMINIS_CLIENT_SECRET", "")
SIMULATED = not (CLIENT_KEY and CLIENT_SECRET)

if SIMULATED:
    CLIENT_KEY, CLIENT_SECRET = "mnsimdrama000001", "simulated-drama-secret"
    # With the simulator, a visitor can log in as any user. So it needs this setting.
    TTMINIS_SIMULATOR_OPEN = True
    TTMINIS_API_BASE_URL = f"http://{HOST}:{PORT}/tiktok"
    TTMINIS_SDK_URL = "/tiktok/sdk.js"
    # The address that the simulator calls when a user removes the app. The real TikTok
    # has a field for it in its portal, and requires https.
    TTMINIS_SIMULATOR_WEBHOOK_URL = f"http://{HOST}:{PORT}/hooks/tiktok/"

# [1] The credentials are in allauth's setting, as for any provider. (Or in the
# database, as a SocialApp: Django admin, "Social applications".)
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "ttminis": {
        "APPS": [
            {
                "client_id": CLIENT_KEY,
                "secret": CLIENT_SECRET,
                "name": "Drama",
                # Needed with a second app: it distinguishes the accounts of the apps.
                "provider_id": "drama",
            }
        ]
    }
}

# [6] More ways to log in. TikTok gives a user another open_id in each app of a
# developer. After the user consents to show name and picture, all apps get the same
# union_id.
if SIMULATED:
    # A second mini app. With two apps, {% ttminis_sdk %} needs the client key of the
    # page's app.
    GAME_CLIENT_KEY = "mnsimgame0000002"
    SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"].append(
        {
            "client_id": GAME_CLIENT_KEY,
            "secret": "simulated-game-secret",
            "name": "Game",
            "provider_id": "game",
        }
    )
    # TikTok's Login Kit, for browsers outside TikTok: allauth's own provider, with a
    # class that asks for the union_id.
    SOCIALACCOUNT_PROVIDERS["tiktok"] = {
        "provider_class": "ttminis_auth.web.provider.TikTokWebProvider",
        "APPS": [
            {
                "client_id": "awsimweb00000003",
                "secret": "simulated-web-secret",
                "name": "Web site",
            }
        ],
    }
    TTMINIS_AUTHORIZE_URL = "/tiktok/v2/auth/authorize/"

# What to do about two users with one union_id. "merge": merge the younger user into the
# older one, if both can log in by TikTok alone (drama/signals.py moves the rows). Any
# other case is reported. "report", the default: keep both users, and store a
# LinkingConflict for an operator. "off": do not compare.
TTMINIS_UNION_LINKING = "merge"
# Django's own user admin shows the TikTok identities of a user.
TTMINIS_ADMIN_USER_INLINE = True

# [7] In production, TikTok serves the page from its own host, and this site is the
# API: docs/how-to/hosting.rst. No cookies arrive from there, so a token authenticates
# the user (allauth.headless), and CORS headers allow the page's requests (corsheaders).
# The login and allauth's own paths need no entry here.
TTMINIS_CORS_PATHS = ["/api/"]
CORS_ALLOW_HEADERS = (*default_headers, "x-session-token")

# To try that out, `manage.py demo` serves such a page at a second port, from a host
# that is named like TikTok's. Chromium and Firefox resolve *.localhost to this machine.
# For Safari, you may have to add the name to /etc/hosts.
HOSTED = SIMULATED and HOST in ("127.0.0.1", "localhost")
if HOSTED:
    HOSTED_PORT = int(os.environ.get("BUNDLE_PORT", PORT + 1))
    HOSTED_URL = f"http://minis-{CLIENT_KEY}-demo-1.localhost:{HOSTED_PORT}/"
    # The second is Vite's, for the page in spa/.
    TTMINIS_ORIGIN_SUFFIXES = [
        f"http://localhost:{HOSTED_PORT}",
        "http://localhost:5173",
    ]
    # Like TikTok, the simulator allows all origins, and sets these headers itself.
    CORS_URLS_REGEX = r"^/(?!tiktok/)"

# --- Applications -----------------------------------------------------------------

# [2] allauth, its social accounts, and ttminis_auth. Those for [7] come last.
INSTALLED_APPS = [
    "drama",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "ttminis_auth",
    "allauth.headless",
    "corsheaders",
    "rest_framework",
]
# `EXAMPLE_THEME=unfold make demo` shows Django admin in a theme (pip install
# django-unfold).
THEME = os.environ.get("EXAMPLE_THEME", "")
if THEME == "unfold":
    INSTALLED_APPS.insert(0, "unfold")
    TTMINIS_ADMIN_BASE = "unfold.admin"
if SIMULATED:
    INSTALLED_APPS += [
        "game",
        "allauth.socialaccount.providers.tiktok",
        "ttminis_auth.simulator",
    ]

# [3] allauth's middleware, after Django's. That of [7] is near the top: the page cannot
# read an answer of a middleware above it.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "drama.middleware.ContentSecurityPolicyMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Reports each logout to the page's script, so that no silent login undoes it.
    "ttminis_auth.middleware.TTMinisMiddleware",
]

# [4] The backends that may log a user in.
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "ttminis_auth.backends.TTMinisBackend",
]

# [5] TikTok gives no e-mail address, so there is none to verify.
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"

ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
LOGIN_REDIRECT_URL = "/"

# --- Plain Django -----------------------------------------------------------------

# Use this on your own machine only: tokens are encrypted with it.
SECRET_KEY = os.environ.get(
    "SECRET_KEY", "example-project-on-a-laptop-and-nowhere-else"
)
DEBUG = True
ALLOWED_HOSTS = [HOST, "127.0.0.1", "localhost"]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EXAMPLE_DB", BASE_DIR / "db.sqlite3"),
        # A writer waits for its turn and does not fail in the middle of a transaction.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
    }
}

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
                "drama.context_processors.tiktok",
            ]
        },
    }
]
