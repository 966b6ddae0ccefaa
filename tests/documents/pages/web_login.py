"""docs/how-to/web-login.rst"""

from urllib.parse import parse_qs, urlsplit

from django.template import engines


def test_the_login_link_leads_to_tiktok_with_the_web_client_key(client, db, rf):
    link = '{% load socialaccount %}{% provider_login_url "tiktok" %}'
    url = engines["django"].from_string(link).render({}, rf.get("/"))

    answer = client.post(url)

    asked = parse_qs(urlsplit(answer.url).query)
    assert asked["client_key"] == ["WEB CLIENT KEY"]
    assert "user.info.basic" in asked["scope"][0]
    assert asked["redirect_uri"][0].endswith("/accounts/tiktok/login/callback/")


def test_a_mini_app_login_still_works(client, db, tiktok):
    assert tiktok.log_in(client, "mia").socialaccount_set.get().provider == "ttminis"
