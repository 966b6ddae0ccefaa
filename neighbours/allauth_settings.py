"""The settings of allauth's own tests, with this package. They are put beside them."""

# ruff: noqa: F403, F405
from tests.projects.regular.settings import *

INSTALLED_APPS = (*INSTALLED_APPS, "ttminis_auth")
MIDDLEWARE = (*MIDDLEWARE, "ttminis_auth.middleware.TTMinisMiddleware")
AUTHENTICATION_BACKENDS = (
    *AUTHENTICATION_BACKENDS,
    "ttminis_auth.backends.TTMinisBackend",
)
SOCIALACCOUNT_PROVIDERS = {
    **SOCIALACCOUNT_PROVIDERS,
    "ttminis": {"APPS": [{"client_id": "mnsneighbour0001", "secret": "a secret"}]},
}
