"""A project's hook refuses a web login: the error page, and no user is logged in."""

import pytest
from allauth.account.signals import user_logged_in
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.signals import pre_social_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseRedirect

from tests.listeners import hear as hear  # a fixture
from tests.login.test_hook_refusals import Closed
from tests.login.test_hook_refusals import refuse as refuse  # a fixture
from tests.web.test_refusals import is_error_page

pytestmark = pytest.mark.django_db

BANNED = ValidationError("You are banned.", code="banned")
VETOES = [BANNED, PermissionDenied(), Closed()]
kinds = pytest.mark.parametrize("veto", VETOES, ids=lambda veto: type(veto).__name__)


@kinds
def test_a_hook_s_refusal_is_the_error_page(person, refuse, veto):
    refuse(veto)

    assert is_error_page(person.log_in())
    assert person.user_pk is None


def test_a_hook_may_refuse_what_tiktok_sent(person, settings):
    settings.SOCIALACCOUNT_ADAPTER = "tests.login.test_hook_refusals.NamingAdapter"

    assert is_error_page(person.log_in())


def test_a_hook_may_send_the_visitor_elsewhere(person, refuse):
    refuse(ImmediateHttpResponse(HttpResponseRedirect("/rules/")))

    assert person.log_in()["Location"] == "/rules/"
    assert person.user_pk is None


@kinds
def test_user_who_is_refused_after_the_login_is_logged_out(person, refuse, veto):
    refuse(veto, user_logged_in)

    assert is_error_page(person.log_in())
    assert person.user_pk is None


@pytest.mark.parametrize("veto", [BANNED, Closed()])
def test_a_single_page_application_gets_the_error(person, refuse, veto):
    form = {"provider": "tiktok", "process": "login", "callback_url": "/spa/"}
    url = "/_allauth/browser/v1/auth/provider/redirect"
    address = person.decide(person.client.post(url, form)["Location"])
    refuse(veto, pre_social_login)

    location = person.client.get(address)["Location"]

    assert location == f"/spa/?error={veto.code}&error_process=login"
