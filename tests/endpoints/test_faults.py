"""Each fault of TikTok gets an answer with an error code and stores nothing."""

import pytest
from django.contrib.auth import SESSION_KEY, get_user_model

from tests.fixtures import DRAMA, error_code
from ttminis_auth.models import Grant, Identity
from ttminis_auth.simulator.faults import KINDS

pytestmark = pytest.mark.django_db

User = get_user_model()

UNUSABLE = [
    "html_502",
    "missing_open_id",
    "empty_open_id",
    "placeholder_open_id",
    "missing_access_token",
    "truncated_json",
    "huge_body",
    "redirect",
    "server_error",
    "rate_limited",
]
HARMLESS = [
    "expires_in_string",
    "no_expires_in",
    "unknown_fields",
    "missing_refresh_token",
    "missing_scope",
    "other_scope",
]


TESTED_BY_NAME = [
    "timeout",
    "slow",
    "error",
    "error_in_200",
    "invalid_client",
    "other_open_id",  # a login accepts it, a refresh refuses it
]


def test_every_fault_of_the_simulator_is_tested():
    orderable = {name for name, kind in KINDS.items() if "token" in kind.endpoints}

    assert orderable == {*UNUSABLE, *HARMLESS, *TESTED_BY_NAME}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_answer_is_tiktok_unavailable(kind, send_code, tiktok):
    tiktok.order_fault(kind)

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_answer_does_not_log_in(kind, send_code, client, tiktok):
    tiktok.order_fault(kind)

    send_code("mia")

    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("kind", HARMLESS)
def test_an_odd_but_usable_answer_logs_in(kind, send_code, tiktok):
    tiktok.order_fault(kind)

    assert send_code("mia").status_code == 200


def test_a_missing_lifetime_is_stored_as_unknown(send_code, tiktok):
    tiktok.order_fault("no_expires_in")

    send_code("mia")

    assert Grant.objects.get().access_expires_at is None


def test_a_time_out_is_tiktok_unavailable(send_code, tiktok, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    tiktok.order_fault("timeout")

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


def test_an_exchange_that_timed_out_is_not_retried(send_code, tiktok, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    tiktok.order_fault("timeout", times=5)

    send_code("mia")

    assert len(tiktok.requests) <= 1


def test_a_slow_answer_within_the_time_out_logs_in(send_code, tiktok):
    tiktok.order_fault("slow", seconds=0.2)

    assert send_code("mia").status_code == 200


def test_an_error_in_a_200_is_a_rejected_code(send_code, tiktok):
    tiktok.order_fault("error_in_200")

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (401, "code_rejected")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "code_rejected"),
        ("invalid_grant", "code_rejected"),
        ("invalid_request", "code_rejected"),
        ("invalid_client", "misconfigured"),
        ("unauthorized_client", "misconfigured"),
        ("unsupported_grant_type", "misconfigured"),
        ("invalid_scope", "misconfigured"),
        ("server_error", "tiktok_unavailable"),
        ("temporarily_unavailable", "tiktok_unavailable"),
    ],
)
def test_each_error_of_tiktok_has_its_error_code(error, code, send_code, tiktok):
    tiktok.order_fault("error", error=error)

    assert error_code(send_code("mia")) == code


def test_refused_app_credentials_are_logged_as_an_error(send_code, tiktok, caplog):
    tiktok.order_fault("invalid_client")

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "misconfigured")
    assert "ERROR" in [record.levelname for record in caplog.records]


def test_a_wrong_secret_is_logged_with_tiktok_s_log_id(send_code, settings, caplog):
    app = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0] | {"secret": "wrong"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [app]}}

    send_code("mia")

    assert "log_id" in caplog.text


def test_a_refused_connection_is_tiktok_unavailable(send_code, settings):
    settings.TTMINIS_API_BASE_URL = "http://127.0.0.1:1"

    assert error_code(send_code("mia")) == "tiktok_unavailable"


def test_retry_after_of_tiktok_is_passed_on(send_code, tiktok):
    tiktok.order_fault("rate_limited")

    assert int(send_code("mia")["Retry-After"]) > 0


def test_the_next_code_after_a_fault_logs_in(send_code, tiktok):
    tiktok.order_fault("html_502")
    send_code("mia")

    assert send_code("mia").status_code == 200


def test_an_expired_code_is_rejected(client, code_url, tiktok):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    tiktok.expire_codes()

    response = client.post(code_url, body, content_type="application/json")

    assert error_code(response) == "code_rejected"
    assert not Identity.objects.exists()
