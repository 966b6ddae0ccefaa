"""Settings of the example: a mini drama with silent TikTok login.

What a project of your own needs is marked [1] to [5]; the rest is plain Django. With
the simulated TikTok there is more to try: a second mini app and a web login, [6]. What
a page needs that TikTok hosts, as it does in production, is [7].
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
# Without a TikTok account you get the simulator, which is served by this very
# process at /tiktok/. With the client key and secret of your mini app,
#
#     TTMINIS_CLIENT_KEY=… TTMINIS_CLIENT_SECRET=… make demo
#
# the same code talks to the real TikTok and the simulator is not even installed.

CLIENT_KEY = os.environ.get("TTMINIS_CLIENT_KEY", "")
CLIENT_SECRET = os.environ.get("TTMINIS_CLIENT_SECRET", "")
SIMULATED = not (CLIENT_KEY and CLIENT_SECRET)

if SIMULATED:
    CLIENT_KEY, CLIENT_SECRET = "mnsimdrama000001", "simulated-drama-secret"
    # The simulator logs visitors in as anybody, so it answers only where told to.
    TTMINIS_SIMULATOR_OPEN = True
    TTMINIS_API_BASE_URL = f"http://{HOST}:{PORT}/tiktok"
    TTMINIS_SDK_URL = "/tiktok/sdk.js"
    # Where the simulator tells us of a removed app. The real TikTok has a field for it
    # in its portal, and asks for https.
    TTMINIS_SIMULATOR_WEBHOOK_URL = f"http://{HOST}:{PORT}/hooks/tiktok/"

# [1] The credentials live where allauth keeps those of every provider. (Or in the
# database, as a SocialApp: Django admin, "Social applications".)
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, Any]] = {
    "ttminis": {
        "APPS": [
            {
                "client_id": CLIENT_KEY,
                "secret": CLIENT_SECRET,
                "name": "Drama",
                # Needed as soon as there is a second app: it keeps their people apart.
                "provider_id": "drama",
            }
        ]
    }
}

# [6] More ways in. TikTok gives a person another open_id in each app of a developer,
# and one union_id for all of them, as soon as they agree to show name and picture.
if SIMULATED:
    # A second mini app. From now on, {% ttminis_sdk %} has to be told which app a page
    # belongs to.
    GAME_CLIENT_KEY = "mnsimgame0000002"
    SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"].append(
        {
            "client_id": GAME_CLIENT_KEY,
            "secret": "simulated-game-secret",
            "name": "Game",
            "provider_id": "game",
        }
    )
    # TikTok's Login Kit, for browsers outside TikTok: allauth's own provider, but with
    # a class that asks for the union_id.
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

# What to do about two users with one union_id. "merge": the older one takes over the
# younger, if TikTok is the only way into both (drama/signals.py moves the rows); a case
# less clear is reported. "report", the default: both stay, and a LinkingConflict
# waits for somebody to decide. "off": nobody compares.
TTMINIS_UNION_LINKING = "merge"
# Django's own user admin shows the TikTok identities of a user.
TTMINIS_ADMIN_USER_INLINE = True

# [7] In production, TikTok serves the page from a host of its own, and this site is the
# API behind it: docs/how-to/hosting.rst. Cookies do not arrive from there, so a token
# says who asks (allauth.headless), and the browser has to be told that the page may ask
# (corsheaders). The login and allauth's own paths need no entry here.
TTMINIS_CORS_PATHS = ["/api/"]
CORS_ALLOW_HEADERS = (*default_headers, "x-session-token")

# The rehearsal: `manage.py demo` serves such a page at a second port, from a host named
# like TikTok's. Chromium and Firefox find *.localhost on this machine; for Safari, the
# name may have to be in /etc/hosts.
HOSTED = SIMULATED and HOST in ("127.0.0.1", "localhost")
if HOSTED:
    HOSTED_PORT = int(os.environ.get("BUNDLE_PORT", PORT + 1))
    HOSTED_URL = f"http://minis-{CLIENT_KEY}-demo-1.localhost:{HOSTED_PORT}/"
    # The second is Vite's, for the page in spa/.
    TTMINIS_ORIGIN_SUFFIXES = [
        f"http://localhost:{HOSTED_PORT}",
        "http://localhost:5173",
    ]
    # Like TikTok itself, the simulated one answers all pages, and says so itself.
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
# Django admin as it is, or `EXAMPLE_THEME=unfold make demo` for how it looks in a theme
# (pip install django-unfold).
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

# [3] allauth's middleware, after Django's. That of [7] is near the top: what answers
# above it, the page cannot read.
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
    # Tells the page's script of every logout, so that no silent login undoes it.
    "ttminis_auth.middleware.TTMinisMiddleware",
]

# [4] Who may say that somebody is logged in.
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

# Good enough on your own machine. Not anywhere else: tokens are encrypted with it.
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
        # A writer waits for its turn instead of failing half-way through.
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
