"""A token and an app with planted secrets, and the sites that show them.

``tests.admin.guard`` raises for each response with one of them, so each page that a
test gets has shown none.
"""

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken

from tests.admin.guard import PLANTED
from tests.admin.secrets.rows import ACCESS, REFRESH, SETTINGS


@pytest.fixture(autouse=True)
def _sites(settings):
    settings.ROOT_URLCONF = "tests.admin.secrets.sites"


@pytest.fixture
def app(db):
    return SocialApp.objects.create(
        provider="tiktok",
        name="Site",
        client_id="aw1",
        key="visible-key",
        secret=f"{PLANTED}-app",
        settings=SETTINGS,
    )


@pytest.fixture
def token(app, local_user):
    account = SocialAccount.objects.create(user=local_user, provider="tiktok", uid="1")
    return SocialToken.objects.create(
        app=app, account=account, token=ACCESS, token_secret=REFRESH
    )


@pytest.fixture(params=("stock", "project"))
def at(request):
    """Return a function for the URLs of a row's pages: ``at(token, "change")``."""

    def path(row, page=""):
        model = f"/admin/{request.param}/socialaccount/{row._meta.model_name}/"
        return f"{model}{row.pk}/{page}/" if page else model

    return path


@pytest.fixture(params=["token", "app"])
def row(request, token, app):
    return {"token": token, "app": app}[request.param]
