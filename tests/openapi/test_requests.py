"""Requests made up from the description, good and bad: no answer is a surprise."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.endpoints.hosted.hosted_page import ORIGIN
from tests.fixtures import DRAMA, error_code
from tests.lengths import times
from tests.openapi.description import (
    APP_PATH,
    DESCRIPTION,
    LOGOUT_PATH,
    PATH,
    POST,
    defects,
    validator,
)

CSRF_TOKEN = "c" * 32
OF_THE_PAGE = {"X-CSRFToken": CSRF_TOKEN}
HEADERS = {PATH: OF_THE_PAGE, APP_PATH: {"Origin": ORIGIN}}
# The app face also asks before that whose page it is, and which session.
BEFORE_THE_CODE = {PATH: {400}, APP_PATH: {400, 403, 410}}
JSON = "application/json"
BODY = validator(POST["requestBody"]["content"][JSON]["schema"])
FACE = schemathesis.openapi.from_dict(DESCRIPTION)
FACE.config.update(base_url="http://testserver/accounts")
FACE.app = get_wsgi_application()
# A token without a session is refused before the code is read.
FACE.config.checks.negative_data_rejection.expected_statuses.append("410")


@pytest.fixture
def served(tiktok, settings):
    # Codes that are made up are rejected, all of them from one address.
    settings.TTMINIS_REJECTED_CODE_LIMIT = ""


def violates(case, *containers):
    return any(
        made.mode.is_negative
        for location, made in case.meta.components.items()
        if location.container_name in containers
    )


def breaks_the_schema(case):
    sent_json = case.method == "POST" and case.media_type == JSON
    return sent_json and not BODY.is_valid(case.body)


# Without pytest's transaction around it: the face is called through WSGI as by a
# server, and after a request Django closes connections that are in a transaction.
@FACE.exclude(path=LOGOUT_PATH).parametrize()
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("served")
@settings(max_examples=times(40))
def test_whatever_is_sent_is_answered_as_described(case):
    """Among others: no answer is a 5xx."""
    response = case.call(headers=HEADERS[case.path], cookies={"csrftoken": CSRF_TOKEN})

    # A schema cannot say which apps are configured and which addresses are safe.
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
    if breaks_the_schema(case):
        # A connect without a login is refused before the code is read.
        is_before = response.status_code in BEFORE_THE_CODE[case.path]
        assert is_before or error_code(response) == "login_required"


@FACE.include(path=LOGOUT_PATH).parametrize()
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("headless_only")
@settings(max_examples=times(10))
def test_logout_answers_as_described_whatever_is_sent(case):
    # A case without a token would be mended by the page's: it is sent as it is.
    cookies = {} if violates(case, "headers", "cookies") else {"csrftoken": CSRF_TOKEN}
    response = case.call(headers=cookies and OF_THE_PAGE, cookies=cookies)

    case.validate_response(response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"client_key": DRAMA},
        {"client_key": None},
        {"process": "login"},
        {"process": "switch"},
        {"process": "authorize"},
        {"next": "/shop/?a=1#b"},
        {"next": ""},
        {"next": None},
        {"not described": [1, {"a": None}]},
    ],
)
def test_requests_that_the_description_allows_are_accepted(fields, send_code):
    assert BODY.is_valid({"code": "any", **fields})
    assert send_code("mia", **fields).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["x", "x" * 2048, "a b", "*!2%3D'\"&="])
def test_any_code_that_the_description_allows_is_asked_about(code, post, tiktok):
    assert BODY.is_valid({"code": code})
    assert post({"code": code}).status_code == 401
    assert len(tiktok.requests) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["//[", "http://[::1", "//\uff03"])
def test_an_address_that_cannot_be_read_is_refused(address, post):
    response = post({"code": "x", "next": address})

    assert response.status_code == 400
    assert defects(response) == []
