"""Every answer that is described is given, and is as described.

The answers are fixtures, named like the examples in the description.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.fixtures import DRAMA, GAME
from tests.openapi.description import RESPONSES, defects, examples_of

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
EXAMPLES = [
    pytest.param(status, example, id=f"{status}-{example.name}")
    for status, response in RESPONSES.items()
    for example in examples_of(response)
]
SUCCESSES = [param for param in EXAMPLES if param.values[0] == 200]
REFUSALS = [param for param in EXAMPLES if param.values[0] != 200]


def shape(value):
    """Return the shape of a value, without its content."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return type(value)


def but_for_the_token(answer):
    """Return the answer without what is another one each time."""
    return {**answer, "meta": {**answer.get("meta", {}), "csrf_token": None}}


@pytest.mark.parametrize(("status", "example"), EXAMPLES)
def test_every_described_answer_is_given_as_described(status, example, request):
    response = request.getfixturevalue(example.name)

    assert response.status_code == status
    assert defects(response) == []


@pytest.mark.parametrize(("status", "example"), REFUSALS)
def test_a_refusal_is_word_for_word_the_example(status, example, request):
    answer = request.getfixturevalue(example.name).json()

    assert but_for_the_token(answer) == but_for_the_token(example.value)


@pytest.mark.parametrize(("status", "example"), SUCCESSES)
def test_a_success_has_exactly_the_fields_of_the_example(status, example, request):
    answer = request.getfixturevalue(example.name).json()

    assert shape(answer) == shape(example.value)


@pytest.mark.parametrize(("status", "example"), EXAMPLES)
def test_no_answer_of_the_face_is_stored(status, example, request):
    assert "no-store" in request.getfixturevalue(example.name)["Cache-Control"]


# What one example cannot show.


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_every_other_method_is_answered_as_described(client, code_url, method):
    response = getattr(client, method)(code_url)

    assert response.status_code == 405
    assert defects(response) == []


def test_no_app_named_where_there_are_two_is_answered_as_described(post, settings):
    apps = [{"client_id": key, "secret": "any"} for key in (DRAMA, GAME)]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}

    response = post({"code": "x"})

    assert response.status_code == 400
    assert defects(response) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SOCIALACCOUNT_AUTO_SIGNUP", False),
        ("SOCIALACCOUNT_EMAIL_VERIFICATION", "mandatory"),
    ],
)
def test_other_steps_are_answered_as_described(send_code, settings, setting, value):
    setattr(settings, setting, value)

    response = send_code("mia")

    assert response.status_code == 401
    assert defects(response) == []


def test_tiktok_s_wish_to_wait_is_answered_as_described(send_code, tiktok):
    tiktok.order_fault("rate_limited", retry_after=7)

    response = send_code("mia")

    assert (response.status_code, response["Retry-After"]) == (503, "7")
    assert defects(response) == []


def test_a_switched_account_is_answered_as_described(send_code):
    send_code("mia")

    response = send_code("noah", process="switch")

    assert response.status_code == 200
    assert defects(response) == []


def test_a_form_of_a_stranger_s_is_answered_as_described(code_url):
    forging = Client(enforce_csrf_checks=True)
    evil = {"Origin": "https://evil.example"}

    response = forging.post(code_url, {"code": "x"}, headers=evil)

    assert response.status_code == 403
    assert defects(response) == []


def test_a_consent_in_another_user_s_session_is_answered_as_described(
    send_code, authorize
):
    send_code("mia")

    response = authorize("noah")

    assert response.status_code == 409
    assert defects(response) == []


def test_a_newcomer_s_consent_is_answered_as_described(authorize, db):
    response = authorize("mia")

    assert response.status_code == 200
    assert defects(response) == []


# Where Django answers with a page of its own.


@pytest.mark.parametrize(
    ("body", "charset"),
    [("&".join(["a=b"] * 1001), "utf-8"), ("code=x", "latin-1")],
    ids=["too many fields", "not UTF-8"],
)
def test_an_unreadable_form_gets_the_described_page(post, body, charset):
    response = post(body, content_type=f"{FORM}; charset={charset}")

    assert (response.status_code, response["Content-Type"][:9]) == (400, "text/html")
    assert defects(response) == []


# Where it would be noticed that an answer is not as described.


def test_an_answer_with_another_status_is_found_out(client):
    assert defects(client.get("/nowhere/"))


def test_an_answer_without_its_headers_is_found_out(rate_limited):
    del rate_limited["Retry-After"]

    assert defects(rate_limited) == ["Retry-After is missing"]


def test_an_answer_with_another_body_is_found_out(newcomer, code_rejected):
    code_rejected.status_code = newcomer.status_code

    assert defects(code_rejected)


def test_a_page_where_json_is_promised_is_found_out(client):
    page = client.get(reverse("account_login"))

    assert "text/html is not described" in defects(page)
