"""A person at a web site: through allauth's real redirects and the simulator's HTTP."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from ttminis_auth.models import Identity

WEB = "awsimweb00000003"
OTHER_WEB = "awother000000004"
LOGIN = "/accounts/tiktok/login/"
CALLBACK = "/accounts/tiktok/login/callback/"
SCOPES = ("user.info.basic", "user.info.profile")


class Person:
    """A visitor who clicks through a web login."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def start(self, url: str = LOGIN, **query: str) -> str:
        """Press the button, and return the address at TikTok."""
        response = self.client.post(f"{url}?{requests.compat.urlencode(query)}")
        assert response.status_code == 302
        return str(response["Location"])

    def decide(
        self, address: str, decision: str = "allow", scopes: tuple[str, ...] = SCOPES
    ) -> str:
        """Answer the consent page, and return where it leads back to."""
        with requests.Session() as tiktok:
            page = tiktok.get(address, timeout=30)
            token = re.search('csrfmiddlewaretoken" value="([^"]+)', page.text)
            assert token
            data = {"decision": decision, "scope": scopes}
            data["csrfmiddlewaretoken"] = token[1]
            answer = tiktok.post(address, data, timeout=30, allow_redirects=False)
        return answer.headers["Location"].removeprefix("http://testserver")

    def log_in(self, **query: str) -> Any:
        """Do all of it, and return the site's answer to the callback."""
        return self.client.get(self.decide(self.start(**query)))

    @property
    def user_pk(self) -> Any:
        """The key of the user who is logged in to the site, or None."""
        key = self.client.session.get("_auth_user_id")
        return key and int(key)


@pytest.fixture
def person(client: Client, tiktok: Any, db: None) -> Person:
    """Mia of TikTok, who has no user at the site yet."""
    return Person(client)


@pytest.fixture
def two_apps(tiktok: Any, settings: Any) -> Any:
    """Install a second web app; returns the settings of both, to be changed."""
    tiktok.add_app(OTHER_WEB, "other-secret")
    first = {"client_id": WEB, "secret": "simulated-web-secret", "name": "Web site"}
    second = {"client_id": OTHER_WEB, "secret": "other-secret", "name": "Other"}
    configure(settings, APPS=[first, second])
    return first, second


def configure(settings: Any, **changes: Any) -> None:
    """Change the settings of allauth's ``tiktok`` for this test."""
    providers = settings.SOCIALACCOUNT_PROVIDERS
    tiktok = {**providers["tiktok"], **changes}
    settings.SOCIALACCOUNT_PROVIDERS = {**providers, "tiktok": tiktok}


def asked(address: str) -> dict[str, str]:
    """Return the parameters of an address."""
    query = parse_qs(urlsplit(address).query)
    return {name: values[0] for name, values in query.items()}


def account() -> Any:
    return SocialAccount.objects.get()


def identity() -> Identity:
    return Identity.objects.get()
