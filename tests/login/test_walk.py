"""How many places a reader visits who follows one login."""

import pytest
from django.test import Client

from tests.fixtures import DRAMA
from tests.login.walk import entered, modules

pytestmark = pytest.mark.django_db

ENDPOINT = ("endpoints.views", "login_by_code")
SESSION = ("receivers", "note_sociallogin")


@pytest.fixture
def calls(send_code):
    """What a returning silent login calls."""
    send_code("mia", by=Client())
    return entered(lambda: send_code("mia", by=Client(), client_key=DRAMA))


def test_from_the_endpoint_to_the_session_are_at_most_ten_modules(calls):
    way = calls[calls.index(ENDPOINT) : calls.index(SESSION) + 1]

    assert modules(way) == [
        "endpoints.views",
        "endpoints.inputs",
        "provider",
        "login.enter",
        "login.allauth_steps",
        "login.rate_limit",
        "login.client_address",
        "login.sociallogin",
        "login.policy",
        "receivers",
    ]


def test_the_policy_is_asked_once(calls):
    assert calls.count(("login.policy", "decide")) == 1


@pytest.mark.parametrize("process", ["login", "switch"])
def test_the_policy_is_asked_once_of_a_new_user(send_code, process):
    calls = entered(lambda: send_code("mia", process=process))

    assert calls.count(("login.policy", "decide")) == 1
