"""Apps of several sites; run by ``tests.test_apart``."""

from __future__ import annotations

import pytest
from django.contrib.sites.models import Site

from tests.core.client_apps.conftest import add_row, app
from tests.fixtures import DRAMA, GAME


@pytest.mark.django_db
@pytest.mark.parametrize("pk", [1, 2, None])
def test_webhook_is_verified_whatever_the_site_of_its_app(deliver, pk):
    """TikTok is given one address, and that is one site's."""
    for row in (add_row(app(DRAMA, "drama")), add_row(app(GAME, "game"))):
        if pk:
            site, _ = Site.objects.get_or_create(pk=pk, defaults={"domain": f"{pk}"})
            row.sites.add(site)

    game = {"client_key": GAME, "secret": "simulated-game-secret"}
    assert deliver(**game).status_code == deliver().status_code == 200
    assert deliver(secret="simulated-game-secret").status_code == 400
