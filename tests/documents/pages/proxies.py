"""docs/how-to/proxies.rst"""

import pytest

KEY = "mnsimdrama000001"


@pytest.fixture
def send(client, db, tiktok):
    tiktok.client_key()

    def send(code, address):
        headers = {
            "Host": "api.example.com",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": address,
        }
        body = {"code": code, "client_key": KEY}
        url = "/accounts/ttminis/login/code/"
        return client.post(url, body, content_type="application/json", headers=headers)

    return send


def test_rate_limits_use_the_address_that_the_proxy_added(send, tiktok):
    for _ in range(20):
        send("bad", "198.51.100.66, 203.0.113.7")

    assert send("bad", "192.0.2.9, 203.0.113.7").status_code == 429
    assert send("bad", "203.0.113.7, 203.0.113.8").status_code == 401


def test_cookies_are_secure(send, tiktok):
    answer = send(tiktok.issue_code(KEY, "mia"), "203.0.113.9")

    assert answer.status_code == 200
    assert answer.cookies["sessionid"]["secure"]


def test_deployment_check_accepts_the_proxy_settings(settings):
    from ttminis_auth.checks.surroundings import check_proxies

    assert check_proxies() == []
