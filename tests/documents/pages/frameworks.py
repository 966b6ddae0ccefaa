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
def test_a_view_authenticates_by_session_token(token, django_user_model, url):
    mia = django_user_model.objects.get()

    answer = Client().get(url, headers={"X-Session-Token": token})

    assert answer.json() == {"id": str(mia.pk)}


@pytest.mark.parametrize("url", SITE)
def test_a_view_authenticates_by_cookie(client, db, tiktok, url):
    mia = tiktok.log_in(client, "mia")

    assert client.get(url).json() == {"id": str(mia.pk)}


@pytest.mark.parametrize("url", {*HOSTED, *SITE})
def test_an_anonymous_visitor_gets_401(client, db, url):
    assert client.get(url).status_code == 401


def test_an_invalid_token_does_not_fall_back_on_a_cookie(client, db, tiktok):
    tiktok.log_in(client, "noah")

    answer = client.get("/api/drf/me/", headers={"X-Session-Token": "invalid"})

    assert answer.status_code == 401
