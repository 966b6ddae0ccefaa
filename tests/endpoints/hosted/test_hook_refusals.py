"""A project's hook can refuse a login from a TikTok-hosted page, in JSON."""

import pytest
from allauth.account.signals import user_logged_in
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.signals import pre_social_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect, JsonResponse

from tests.fixtures import error_code
from tests.listeners import hear as hear  # a fixture
from tests.login.test_hook_refusals import Closed
from tests.login.test_hook_refusals import refuse as refuse  # a fixture

pytestmark = pytest.mark.django_db

BANNED = ValidationError("You are banned.", code="banned")


@pytest.mark.parametrize(
    ("veto", "expected"),
    [
        (BANNED, (403, "banned")),
        (PermissionDenied(), (403, "login_vetoed")),
        (ImmediateHttpResponse(HttpResponseRedirect("/rules/")), (403, "login_vetoed")),
        (Closed(), (451, "closed_today")),
    ],
)
@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_a_hook_s_refusal_is_json(send_code, client, refuse, veto, expected, process):
    refuse(veto)

    response = send_code("mia", process=process)

    assert (response.status_code, error_code(response)) == expected
    assert client.me() is None


def test_a_hook_s_own_json_response_is_the_answer(send_code, refuse):
    own = JsonResponse({"reason": "too young"}, status=451)
    refuse(ImmediateHttpResponse(own))

    response = send_code("mia")

    assert (response.status_code, response.json()) == (451, {"reason": "too young"})


@pytest.mark.parametrize("veto", [BANNED, PermissionDenied(), Closed()])
def test_a_user_refused_after_the_login_is_logged_out(send_code, client, refuse, veto):
    refuse(veto, user_logged_in)

    response = send_code("mia")

    assert response.status_code in (403, 451)
    assert "meta" not in response.json()
    assert client.me() is None


def test_a_refused_connect_keeps_the_user_logged_in(send_code, client, olga, refuse):
    refuse(BANNED, pre_social_login)

    send_code("mia", process="connect")

    assert client.me() == olga.pk
