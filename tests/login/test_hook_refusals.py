"""A project's hook refuses, and each endpoint says so in its own shape."""

import pytest
from allauth.account.signals import user_logged_in, user_signed_up
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.signals import pre_social_login
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY, aauthenticate, authenticate, get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse

from tests.fixtures import DRAMA, error_code
from ttminis_auth.backends import TTMinisBackend
from ttminis_auth.core import counts
from ttminis_auth.errors import AccountMismatch, LoginRefused
from ttminis_auth.models import DailyCount

pytestmark = pytest.mark.django_db

User = get_user_model()

BANNED = ValidationError("You are banned.", code="banned")
PAGE = ImmediateHttpResponse(HttpResponse("come back later", status=418))
ELSEWHERE = ImmediateHttpResponse(HttpResponseRedirect("/rules/"))
NOT_LOGGED_IN = ImmediateHttpResponse(JsonResponse({"status": 200, "data": {}}))
VETOES = [BANNED, PermissionDenied("a reason"), PAGE, ELSEWHERE, NOT_LOGGED_IN]
kinds = pytest.mark.parametrize("veto", VETOES, ids=lambda veto: type(veto).__name__)


class Closed(LoginRefused):
    """Of a project that says what it needs to say."""

    code, status, text = "closed_today", 451, "Closed today."


class Other(AccountMismatch):
    """Of a project that says nothing."""


class Bare(LoginRefused):
    pass


class LongCode(LoginRefused):
    code = "x" * 200


class NamingAdapter(DefaultSocialAccountAdapter):
    """Finds fault with what TikTok tells of people."""

    def populate_user(self, request, sociallogin, data):
        raise BANNED


@pytest.fixture
def refuse(hear):
    """Have a receiver of the project's refuse."""

    def arrange(error, signal=pre_social_login):
        def fail(**kwargs):
            raise error

        hear(signal, fail)

    return arrange


def errors(response):
    return response.json()["errors"]


# The endpoint of same-origin pages.


@kinds
@pytest.mark.parametrize("kind", ["json", "x-www-form-urlencoded"])
def test_a_hook_s_refusal_is_a_403(client, code_url, tiktok, refuse, veto, kind):
    refuse(veto)
    code = tiktok.issue_code(DRAMA, "mia")
    body = {"code": code} if kind == "json" else f"code={code}"

    response = client.post(code_url, body, content_type=f"application/{kind}")

    assert response.status_code == response.json()["status"] == 403
    assert response["Content-Type"] == "application/json"
    assert not User.objects.exists()


def test_a_validation_error_keeps_its_code_and_text(send_code, refuse):
    refuse(BANNED)

    assert errors(send_code("mia")) == [
        {"code": "banned", "message": "You are banned."}
    ]


def test_a_validation_error_may_have_parameters(send_code, refuse):
    refuse(ValidationError("Until %(day)s.", params={"day": "Monday"}))

    expected = {"code": "login_vetoed", "message": "Until Monday."}
    assert errors(send_code("mia")) == [expected]


def test_a_validation_error_may_be_several(send_code, refuse):
    refuse(ValidationError([BANNED, "Never."]))

    codes = [error["code"] for error in errors(send_code("mia"))]
    assert codes == ["banned", "login_vetoed"]


def test_a_validation_error_may_name_fields(send_code, refuse):
    refuse(ValidationError({"email": ["Missing."], "__all__": [BANNED]}))

    assert errors(send_code("mia")) == [
        {"code": "login_vetoed", "message": "Missing.", "param": "email"},
        {"code": "banned", "message": "You are banned."},
    ]


@pytest.mark.parametrize("empty", [[], {}])
def test_a_validation_error_may_be_empty(send_code, refuse, empty):
    refuse(ValidationError(empty))

    assert error_code(send_code("mia")) == "login_vetoed"


def test_the_reason_of_a_permission_denied_is_not_shown(send_code, refuse):
    refuse(PermissionDenied("mia@example.org is on the list"))

    expected = {"code": "login_vetoed", "message": "You cannot log in here."}
    assert errors(send_code("mia")) == [expected]


def test_a_project_s_own_json_is_the_answer(send_code, refuse):
    own = JsonResponse({"reason": "too young"}, status=451)
    refuse(ImmediateHttpResponse(own))

    response = send_code("mia")

    assert (response.status_code, response.json()) == (451, {"reason": "too young"})


def test_a_hook_may_refuse_what_tiktok_sent(send_code, settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.NamingAdapter"

    assert error_code(send_code("mia")) == "banned"


@pytest.mark.parametrize("process", ["connect", "switch"])
def test_each_process_may_be_refused(send_code, olga, refuse, process):
    refuse(BANNED)

    assert error_code(send_code("mia", process=process)) == "banned"


def test_a_consent_may_be_refused(send_code, authorize, refuse):
    send_code("mia")
    refuse(BANNED)

    assert error_code(authorize("mia")) == "banned"


# A project's own LoginRefused.


def test_a_project_s_own_refusal_has_its_own_code_and_status(send_code, refuse):
    refuse(Closed())

    response = send_code("mia")

    assert response.status_code == response.json()["status"] == 451
    assert errors(response) == [{"code": "closed_today", "message": "Closed today."}]


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [(Other(), (409, "account_mismatch")), (Bare(), (403, "login_vetoed"))],
)
def test_refusal_without_code_or_text_has_those_of_its_parent(
    send_code, refuse, refusal, expected
):
    refuse(refusal)

    response = send_code("mia")

    assert (response.status_code, error_code(response)) == expected


# A refused user is not logged in.


# allauth takes an ImmediateHttpResponse there for the page that follows the login.
@pytest.mark.parametrize("veto", [BANNED, PermissionDenied()])
def test_user_who_is_refused_after_the_login_is_logged_out(
    send_code, client, refuse, veto
):
    refuse(veto, user_logged_in)

    assert send_code("mia").status_code == 403
    assert SESSION_KEY not in client.session


def test_a_project_s_own_refusal_is_raised(send_code, client, refuse):
    refuse(Closed(), user_logged_in)

    assert send_code("mia").status_code == 451
    assert SESSION_KEY not in client.session


def test_user_who_was_logged_in_before_stays_logged_in(send_code, client, olga, refuse):
    refuse(BANNED)

    send_code("mia", process="connect")

    assert client.session[SESSION_KEY] == str(olga.pk)


# authenticate() and its async twin.


@kinds
@pytest.mark.parametrize("signal", [pre_social_login, user_signed_up])
def test_authenticate_returns_none(tiktok, refuse, veto, signal):
    refuse(veto, signal)

    assert authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia")) is None


@kinds
def test_aauthenticate_returns_none(tiktok, refuse, veto):
    refuse(veto)
    code = tiktok.issue_code(DRAMA, "mia")

    assert async_to_sync(aauthenticate)(None, ttminis_code=code) is None


@kinds
def test_the_backend_itself_returns_none(tiktok, refuse, veto):
    refuse(veto)
    code = tiktok.issue_code(DRAMA, "mia")

    assert TTMinisBackend().authenticate(None, code) is None


# allauth's headless endpoint.


@pytest.mark.parametrize(
    ("veto", "status"), [(BANNED, 400), (PermissionDenied(), 403), (PAGE, 418)]
)
def test_a_headless_client_is_answered_as_allauth_does(
    client, tiktok, refuse, veto, status
):
    refuse(veto)
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = "/_allauth/browser/v1/auth/provider/token"

    response = client.post(url, body, content_type="application/json")

    assert response.status_code == status
    assert not User.objects.exists()


# What the operator sees.


def test_the_log_says_which_hook_it_was_and_not_in_which_words(
    send_code, refuse, caplog
):
    caplog.set_level("INFO", "ttminis_auth")
    refuse(PermissionDenied("mia@example.org is on the list"))

    send_code("mia")

    assert "The project refused a login: PermissionDenied" in caplog.text
    assert "in fail" in caplog.text
    assert "mia@example.org" not in caplog.text


@pytest.mark.parametrize(
    ("refusal", "counted"),
    [
        (ValidationError("No.", code="made up"), "login_vetoed"),
        (Closed(), "closed_today"),
        (LongCode(), "x" * 64),
    ],
)
def test_a_refusal_is_counted_by_its_class(send_code, refuse, refusal, counted):
    refuse(refusal)
    send_code("mia")

    counts._write(counts.unwritten.counts, counts._connection())

    assert DailyCount.objects.get().code == counted
