"""Two sites with an app each; run by ``tests.test_apart``."""

from __future__ import annotations

import pytest
from allauth.socialaccount.models import SocialApp
from django.contrib.sites.models import Site

from tests.web.conftest import OTHER_WEB, WEB, asked, identity

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_sites(tiktok, db):
    tiktok.add_app(OTHER_WEB, "other-secret")
    secrets = {WEB: "simulated-web-secret", OTHER_WEB: "other-secret"}
    for number, (client_key, secret) in enumerate(secrets.items(), start=1):
        domain = f"{number}.example"
        site, _ = Site.objects.update_or_create(pk=number, defaults={"domain": domain})
        app = SocialApp.objects.create(
            provider="tiktok", client_id=client_key, secret=secret, name=client_key
        )
        app.sites.add(site)
    yield
    Site.objects.clear_cache()


@pytest.mark.parametrize(("site_id", "client_key"), [(1, WEB), (2, OTHER_WEB)])
def test_login_is_with_the_app_of_the_site(person, settings, site_id, client_key):
    settings.SITE_ID = site_id

    address = person.start()
    person.client.get(person.decide(address))

    assert asked(address)["client_key"] == identity().client_key == client_key


def test_app_of_another_site_is_not_found(person):
    response = person.client.post(f"/accounts/tiktok/login/?client_key={OTHER_WEB}")

    assert response.status_code == 404
