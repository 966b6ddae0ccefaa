"""docs/how-to/several-sites.rst"""

import pytest
from mysite.add_app import add_app


@pytest.fixture
def sites(db, settings, tiktok):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    keys = {"drama": "mnsimdrama000001", "game": "mnsimgame0000002"}
    return {
        name: add_app(
            f"{name}.example", provider_id=name, client_key=key, secret=secret_of(key)
        )
        for name, key in keys.items()
    }


def secret_of(key):
    return "simulated-drama-secret" if "drama" in key else "simulated-game-secret"


@pytest.mark.parametrize("name", ["drama", "game"])
def test_a_visitor_logs_in_with_the_app_of_the_site(
    client, settings, sites, tiktok, name
):
    settings.SITE_ID = sites[name].pk

    user = tiktok.log_in(client, "mia", app=name)

    assert user.socialaccount_set.get().provider == name


def test_an_app_of_another_site_is_unknown(client, settings, sites, tiktok):
    settings.SITE_ID = sites["drama"].pk

    answer = client.post(
        "/accounts/ttminis/login/code/",
        {"code": "any", "client_key": "mnsimgame0000002"},
        content_type="application/json",
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_client_key"


def test_a_page_uses_the_app_of_the_site(client, settings, sites, tiktok):
    settings.SITE_ID = sites["game"].pk

    assert "mnsimgame0000002" in client.get("/").content.decode()
