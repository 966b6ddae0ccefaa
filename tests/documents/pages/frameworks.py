"""docs/how-to/frameworks.rst"""

import pytest
from django.test import Client

KEY = "mnsimdrama000001"
ORIGIN = f"http://minis-{KEY}-demo-1.localhost:8001"
HOSTED = ["/api/drf/me/", "/api/ninja/me/", "/api/plain/me/"]
SITE = ["/api/drf/me/", "/api/ninja/me/", "/api/plain/site/me/"]


@pytest.fixture
def token(db, tiktok):
    tiktok.client_key()
    answer = Client().post(
        "/accounts/ttminis/app/code/",
        {"code": tiktok.issue_code(KEY, "mia"), "client_key": KEY},
        content_type="application/json",
        headers={"Origin": ORIGIN},
    )
    return answer.json()["meta"]["session_token"]


@pytest.mark.parametrize("url", HOSTED)
def test_view_knows_the_token(token, django_user_model, url):
    mia = django_user_model.objects.get()

    answer = Client().get(url, headers={"X-Session-Token": token})

    assert answer.json() == {"id": str(mia.pk)}


@pytest.mark.parametrize("url", SITE)
def test_view_knows_the_cookie(client, db, tiktok, url):
    mia = tiktok.log_in(client, "mia")

    assert client.get(url).json() == {"id": str(mia.pk)}


@pytest.mark.parametrize("url", {*HOSTED, *SITE})
def test_anonymous_visitor_gets_401(client, db, url):
    assert client.get(url).status_code == 401


def test_dead_token_is_not_helped_by_a_cookie_of_another_user(client, db, tiktok):
    tiktok.log_in(client, "noah")

    answer = client.get("/api/drf/me/", headers={"X-Session-Token": "dead"})

    assert answer.status_code == 401
