"""Whatever TikTok does, the answer has a code and nothing is half written."""

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


TOLD_ELSEWHERE = [
    "timeout",
    "slow",
    "error",
    "error_in_200",
    "invalid_client",
    "other_open_id",  # of a login that is the truth; of a refresh it is refused
]


def test_every_fault_that_can_be_ordered_is_tried_here():
    orderable = {name for name, kind in KINDS.items() if "token" in kind.endpoints}

    assert orderable == {*UNUSABLE, *HARMLESS, *TOLD_ELSEWHERE}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_answer_means_log_in_again_later(kind, send_code, tiktok):
    tiktok.order_fault(kind)

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


@pytest.mark.parametrize("kind", UNUSABLE)
def test_an_unusable_answer_logs_no_user_in(kind, send_code, client, tiktok):
    tiktok.order_fault(kind)

    send_code("mia")

    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("kind", HARMLESS)
def test_an_odd_answer_logs_in_all_the_same(kind, send_code, tiktok):
    tiktok.order_fault(kind)

    assert send_code("mia").status_code == 200


def test_an_unknown_lifetime_is_not_taken_for_any(send_code, tiktok):
    tiktok.order_fault("no_expires_in")

    send_code("mia")

    assert Grant.objects.get().access_expires_at is None


def test_a_time_out_means_log_in_again_later(send_code, tiktok, settings):
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2
    tiktok.order_fault("timeout")

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


def test_an_exchange_that_timed_out_is_not_sent_again(send_code, tiktok, settings):
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
    ("error", "expected"),
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
def test_each_error_of_tiktok_s_catalogue_has_its_code(
    error, expected, send_code, tiktok
):
    tiktok.order_fault("error", error=error)

    assert error_code(send_code("mia")) == expected


def test_refused_credentials_are_the_operator_s_business(send_code, tiktok, caplog):
    tiktok.order_fault("invalid_client")

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == (503, "misconfigured")
    assert "ERROR" in [record.levelname for record in caplog.records]


def test_a_wrong_secret_is_logged_with_tiktok_s_log_id(send_code, settings, caplog):
    app = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0] | {"secret": "wrong"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [app]}}

    send_code("mia")

    assert "log_id" in caplog.text


def test_nothing_listens_at_tiktok_s_address(send_code, settings):
    settings.TTMINIS_API_BASE_URL = "http://127.0.0.1:1"

    assert error_code(send_code("mia")) == "tiktok_unavailable"


def test_tiktok_s_wish_to_wait_is_handed_on(send_code, tiktok):
    tiktok.order_fault("rate_limited")

    assert int(send_code("mia")["Retry-After"]) > 0


def test_after_a_fault_the_next_code_logs_in(send_code, tiktok):
    tiktok.order_fault("html_502")
    send_code("mia")

    assert send_code("mia").status_code == 200


def test_an_expired_code_is_rejected(client, code_url, tiktok):
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    tiktok.expire_codes()

    response = client.post(code_url, body, content_type="application/json")

    assert error_code(response) == "code_rejected"
    assert not Identity.objects.exists()
