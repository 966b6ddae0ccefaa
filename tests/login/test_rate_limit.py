"""Rejected codes are counted per address; good ones are not."""

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client

from tests.fixtures import DRAMA, error_code
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import CodeRejected, TooManyRejectedCodes

pytestmark = pytest.mark.django_db


class Noting(LocMemCache):
    """Notes how long it has to keep a history of rejected codes."""

    kept_for: list = []

    def set(self, key, value, timeout=None, version=None):
        if isinstance(value, list):
            self.kept_for.append(timeout)
        super().set(key, value, timeout, version)


@pytest.fixture
def clock(monkeypatch):
    """Have it be so many seconds past a whole hour."""
    return lambda seconds: monkeypatch.setattr("time.time", lambda: 3600e6 + seconds)


@pytest.fixture
def send_junk(client, code_url, tiktok):
    def send(times=1, address="10.0.0.1", by=client):
        for _ in range(times):
            response = by.post(
                code_url,
                {"code": "made up"},
                content_type="application/json",
                REMOTE_ADDR=address,
            )
        return response

    return send


def test_the_twenty_first_rejected_code_is_not_taken(send_junk):
    assert error_code(send_junk(20)) == "code_rejected"

    response = send_junk()
    assert (response.status_code, error_code(response)) == (429, "rate_limited")


@pytest.mark.parametrize(("now", "wait"), [(30, 30), (29.5, 31), (59.5, 1)])
def test_refusal_says_when_the_first_rejection_expires(
    send_junk, settings, clock, now, wait
):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "3/m/ip"
    for seconds in (0, 10, 20):
        clock(seconds)
        assert error_code(send_junk()) == "code_rejected"

    clock(now)
    assert int(send_junk()["Retry-After"]) == wait


def test_refused_code_does_not_reach_tiktok(send_junk, tiktok):
    send_junk(25)

    assert len(tiktok.requests) == 20


def test_another_address_is_not_held_up(send_junk):
    send_junk(21)

    assert error_code(send_junk(address="10.0.0.2")) == "code_rejected"


def test_user_who_is_logged_in_does_not_pay_for_an_address(
    send_junk, send_code, client
):
    send_code("mia")
    client.defaults["REMOTE_ADDR"] = "10.0.0.1"
    assert error_code(send_junk(21, by=Client())) == "rate_limited"

    assert send_code("mia").status_code == 200


def test_user_who_is_logged_in_has_a_budget_too(send_junk, send_code):
    send_code("mia")

    assert error_code(send_junk(20)) == "code_rejected"
    assert error_code(send_junk()) == "rate_limited"


def test_user_s_bad_codes_do_not_lock_out_their_address(send_junk, send_code):
    send_code("noah")
    send_junk(21)

    assert error_code(send_junk(by=Client())) == "code_rejected"


def test_request_without_a_user_is_counted_by_its_address(rf, tiktok, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    request = rf.post("/")
    provider = get_provider(request, DRAMA)

    for refusal in (CodeRejected, TooManyRejectedCodes):
        with pytest.raises(refusal):
            provider.verify_token(request, {"access_token": "made up"})


def test_good_codes_are_not_counted(send_code):
    statuses = {send_code("mia", by=Client()).status_code for _ in range(25)}

    assert statuses == {200}


def test_malformed_codes_are_not_counted(client, code_url, send_junk):
    for _ in range(25):
        client.post(code_url, {"code": ""}, content_type="application/json")

    assert error_code(send_junk(address="127.0.0.1")) == "code_rejected"


def test_outages_are_not_counted(send_code, tiktok, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "1/m/ip"
    tiktok.order_fault("html_502", times=3)
    for _ in range(3):
        send_code("mia")

    assert send_code("mia").status_code == 200


def test_time_heals(send_junk, monkeypatch):
    send_junk(21)
    now = __import__("time").time()
    monkeypatch.setattr("time.time", lambda: now + 61)

    assert error_code(send_junk()) == "code_rejected"


def test_the_limit_can_be_switched_off(send_junk, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = ""

    assert error_code(send_junk(25)) == "code_rejected"


def test_several_limits_hold_together(send_junk, settings):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "100/m/ip,2/h/ip"

    response = send_junk(3)

    assert error_code(response) == "rate_limited"
    assert int(response["Retry-After"]) > 60


def test_limit_of_an_hour_holds_for_an_hour(send_junk, settings, clock):
    settings.TTMINIS_REJECTED_CODE_LIMIT = "2/h/ip"
    clock(0)
    send_junk(2)

    clock(3599)
    assert error_code(send_junk()) == "rate_limited"


def test_address_is_kept_no_longer_than_the_limit_needs_it(
    send_junk, settings, monkeypatch
):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Noting"}}
    monkeypatch.setattr(Noting, "kept_for", [])

    send_junk()

    assert Noting.kept_for == [60]


@pytest.mark.parametrize("limit", ["0/m/ip", "-1/m/ip"])
def test_a_limit_of_none_is_no_limit(send_code, send_junk, settings, limit):
    settings.TTMINIS_REJECTED_CODE_LIMIT = limit
    send_junk(3)

    assert send_code("mia").status_code == 200
