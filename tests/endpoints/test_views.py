"""Requests and answers of the same-origin endpoint; no malformed one reaches TikTok."""

import json
from urllib.parse import urlencode

import pytest
from django.contrib import messages
from django.contrib.auth import get_user_model, user_logged_in
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fixtures import DRAMA, GAME, error_code
from tests.lengths import times
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def post(client, code_url, tiktok):
    """Post a body unchanged; return the answer."""

    def post(body, content_type=JSON, **extra):
        data = json.dumps(body) if isinstance(body, dict) else body
        return client.post(code_url, data, content_type=content_type, **extra)

    return post


@pytest.fixture
def _no_effect(tiktok):
    """Assert that TikTok got no request and nothing was stored."""
    yield
    assert tiktok.requests == []
    assert not User.objects.exists()
    assert not Identity.objects.exists()


# Accepted requests.


def test_a_form_encoded_code_logs_in(client, code_url, tiktok):
    body = urlencode({"code": tiktok.issue_code(DRAMA, "mia"), "process": "login"})

    assert client.post(code_url, body, content_type=FORM).status_code == 200


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_data_upload_max_memory_size_does_not_limit_a_login(
    content_type, client, code_url, tiktok, settings
):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4000
    body = {"code": tiktok.issue_code(DRAMA, "mia"), "padding": "x" * 8000}
    sent = json.dumps(body) if content_type == JSON else urlencode(body)

    assert client.post(code_url, sent, content_type=content_type).status_code == 200


@pytest.mark.parametrize("read", [lambda request: request.body, HttpRequest.read])
def test_a_login_hook_can_read_the_body(read, send_code, hear):
    bodies = []
    hear(user_logged_in, lambda request, **_: bodies.append(read(request)))
    send_code("mia", ref="friend")

    assert json.loads(bodies[0])["ref"] == "friend"


def test_a_login_can_name_the_client_key(send_code):
    assert send_code("mia", client_key=DRAMA).status_code == 200


def test_the_answer_has_the_user_and_the_identity(send_code, tiktok):
    answer = send_code("mia").json()

    user = User.objects.get()
    assert answer["status"] == 200
    assert answer["data"]["user"]["id"] == user.pk
    assert answer["data"]["ttminis"] == {
        "client_key": DRAMA,
        "open_id": tiktok.open_id("mia", DRAMA),
        "scopes": ["user.info.open_id"],
        "created": True,
        "profile": None,
        "profile_pending": False,
    }


@pytest.mark.parametrize("headless", [True, False])
def test_the_user_in_the_answer_is_the_same_without_headless(
    send_code, settings, headless
):
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if headless or "headless" not in app
    ]

    user = User.objects.get(pk=send_code("mia").json()["data"]["user"]["id"])
    assert send_code("mia").json()["data"]["user"] == {
        "id": user.pk,
        "display": user.username,
        "username": user.username,
        "has_usable_password": False,
    }


def test_the_answer_has_no_tiktok_token(send_code):
    text = send_code("mia").content.decode()

    assert "act." not in text
    assert "rft." not in text


def test_the_answer_has_the_new_csrf_token(tiktok, code_url):
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    first = client.cookies["csrftoken"].value
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    answer = client.post(code_url, body, JSON, headers={"X-CSRFToken": first}).json()

    fresh = answer["meta"]["csrf_token"]
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    again = client.post(code_url, body, JSON, headers={"X-CSRFToken": fresh})

    assert again.status_code == 200


@pytest.mark.parametrize("without", [None, "Csrf"], ids=["middleware", "no middleware"])
def test_a_csrf_failure_has_a_valid_csrf_token(tiktok, code_url, settings, without):
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not without or without not in name
    ]
    client = Client(enforce_csrf_checks=True)
    body = {"code": tiktok.issue_code(DRAMA, "mia")}
    headers = {"X-CSRFToken": "o" * 32}

    refused = client.post(code_url, body, JSON, headers=headers).json()
    headers = {"X-CSRFToken": refused["meta"]["csrf_token"]}
    answer = client.post(code_url, body, JSON, headers=headers)

    assert refused["meta"]["is_authenticated"] is False
    assert answer.status_code == 200


def test_a_csrf_token_is_required_without_the_middleware(code_url, tiktok, settings):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "Csrf" not in m]
    client = Client(enforce_csrf_checks=True)
    body = {"code": tiktok.issue_code(DRAMA, "mia")}

    response = client.post(code_url, body, content_type=JSON)

    assert error_code(response) == "csrf_failed"


def test_a_page_of_another_origin_is_refused_with_a_csrf_token(code_url, tiktok):
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    headers = {
        "X-CSRFToken": client.cookies["csrftoken"].value,
        "Origin": "https://evil.example",
    }
    body = {"code": tiktok.issue_code(DRAMA, "mia")}

    response = client.post(code_url, body, content_type=JSON, headers=headers)

    assert error_code(response) == "csrf_failed"
    assert "Access-Control-Allow-Origin" not in response


@pytest.mark.parametrize(
    ("headers", "has_token"),
    [
        ({}, True),
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
        ({"Origin": "testserver"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://www.testserver", "Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
)
@pytest.mark.parametrize("in_session", [False, True])
def test_only_a_same_origin_page_gets_a_csrf_token(
    code_url, settings, headers, has_token, in_session
):
    """An attacker's form would replace the CSRF cookie of the visitor."""
    settings.CSRF_USE_SESSIONS = in_session
    client = Client(enforce_csrf_checks=True)

    answer = client.post(code_url, {"code": "x"}, JSON, headers=headers)

    assert ("meta" in answer.json(), bool(answer.cookies)) == (has_token, has_token)


def test_the_answer_has_a_safe_next(send_code):
    assert send_code("mia", next="/shop/?a=1").json()["meta"]["next"] == "/shop/?a=1"


def test_the_answer_to_a_login_without_next_has_no_next(send_code):
    assert "next" not in send_code("mia").json()["meta"]


def test_the_answer_is_never_cached(send_code):
    assert "no-store" in send_code("mia")["Cache-Control"]


def test_a_silent_login_leaves_no_message(send_code, client):
    send_code("mia")

    page = client.get("/accounts/3rdparty/")
    assert list(page.context["messages"]) == []


def test_a_login_hook_can_read_the_messages(send_code, hear):
    read = []
    hear(user_logged_in, lambda request, **_: read.extend(get_messages(request)))

    assert send_code("mia").status_code == 200
    assert read == []


def test_a_login_hook_can_read_its_own_message(send_code, hear):
    def greet_once(request, **kwargs):
        for _ in range(2):
            if not any(str(each) == "Hello" for each in get_messages(request)):
                messages.success(request, "Hello")
                read.append("Hello")

    read = []
    hear(user_logged_in, greet_once)

    assert send_code("mia").status_code == 200
    assert read == ["Hello"]


def test_a_login_keeps_earlier_messages_for_the_next_page(send_code, client, hear):
    request = client.get("/accounts/login/").wsgi_request
    messages.success(request, "Ordered")
    session = client.session
    request._messages.update(response := HttpResponse())
    session.save()
    client.cookies.update(response.cookies)
    hear(user_logged_in, lambda request, **_: list(get_messages(request)))

    send_code("mia")

    page = client.get("/accounts/3rdparty/")
    assert [str(each) for each in page.context["messages"]] == ["Ordered"]


def test_a_project_without_messages_can_log_in(send_code, settings):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "messages" not in m]
    settings.INSTALLED_APPS = [
        app
        for app in settings.INSTALLED_APPS
        if not app.endswith((".messages", "admin"))
    ]

    assert send_code("mia").status_code == 200


# Refused requests.


@pytest.mark.usefixtures("_no_effect")
class TestRefusals:
    def test_a_request_without_a_csrf_token_is_refused(self, code_url, tiktok):
        client = Client(enforce_csrf_checks=True)
        body = {"code": tiktok.issue_code(DRAMA, "mia")}

        response = client.post(code_url, body, content_type=JSON)

        assert (response.status_code, error_code(response)) == (403, "csrf_failed")

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "head"])
    def test_any_method_but_post_is_refused(self, client, code_url, method):
        response = getattr(client, method)(code_url)

        assert response.status_code == 405
        assert response["Allow"] == "POST"

    def test_a_wrong_method_is_refused_in_json(self, client, code_url):
        assert error_code(client.get(code_url)) == "invalid_request"

    @pytest.mark.parametrize(
        "code",
        [
            "",
            "x" * 2049,
            7,
            None,
            True,
            ["c"],
            {"c": 1},
            "a\x00b",
            "a\nb",
            "\ud800",
            1.5,
        ],
    )
    def test_an_unusable_code_is_refused(self, post, code):
        response = post({"code": code})

        assert (response.status_code, error_code(response)) == (400, "invalid_request")
        assert response.json()["errors"][0]["param"] == "code"

    def test_a_missing_code_is_refused(self, post):
        assert error_code(post({})) == "invalid_request"

    @pytest.mark.parametrize(
        "body",
        ["", "{", "[]", '"code"', "null", "NaN", b"\xff\xfe", "[" * 15000],
    )
    def test_a_body_that_is_no_json_object_is_refused(self, post, body):
        response = post(body)

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    def test_a_body_of_two_mebibytes_is_refused(self, post):
        response = post({"code": "x" * 2 * 1024 * 1024})

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    @pytest.mark.parametrize("length", ["-1", "1e9", "many", "²", "9" * 5000])
    def test_an_invalid_content_length_is_refused(self, post, length):
        response = post({"code": "c"}, CONTENT_LENGTH=length)

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
    def test_a_wrong_content_type_is_refused(self, post, content_type):
        response = post("code=x", content_type=content_type)

        assert (response.status_code, error_code(response)) == (400, "invalid_request")

    @pytest.mark.parametrize("process", ["authorise", "", None, 1, ["login"], {}])
    def test_an_unknown_process_is_refused(self, post, process):
        response = post({"code": "c", "process": process})

        assert (response.status_code, error_code(response)) == (400, "invalid_request")
        assert response.json()["errors"][0]["param"] == "process"

    @pytest.mark.parametrize(
        "client_key", ["unknown", "", "a\x00b", "k" * 192, DRAMA.upper(), f" {DRAMA}"]
    )
    def test_an_unknown_client_key_is_refused(self, post, client_key):
        response = post({"code": "c", "client_key": client_key})

        assert response.status_code == 400
        assert error_code(response) == "unknown_client_key"

    def test_a_client_key_that_is_no_string_is_refused(self, post):
        assert error_code(post({"code": "c", "client_key": 5})) == "invalid_request"

    @pytest.mark.parametrize(
        "next_url",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:alert(1)",
            "https://testserver.evil.example/",
            "http:///evil.example",
            "//[",
            "http://[::1",
            "//\uff03",
            5,
            ["/"],
        ],
    )
    def test_a_hostile_next_is_refused(self, post, next_url):
        response = post({"code": "c", "next": next_url})

        assert (response.status_code, error_code(response)) == (400, "invalid_request")
        assert response.json()["errors"][0]["param"] == "next"

    def test_a_missing_client_key_with_two_apps_is_refused(self, post, two_apps):
        response = post({"code": "c"})

        assert (response.status_code, error_code(response)) == (400, "invalid_request")
        assert response.json()["errors"][0]["param"] == "client_key"


@pytest.fixture
def two_apps(settings):
    drama, game = (
        {"client_id": DRAMA, "secret": "simulated-drama-secret"},
        {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"},
    )
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}


def test_a_login_uses_the_app_of_the_client_key(client, code_url, tiktok, two_apps):
    body = {"code": tiktok.issue_code(GAME, "mia"), "client_key": GAME}

    client.post(code_url, body, content_type=JSON)

    identity = Identity.objects.get()
    assert (identity.client_key, identity.account.provider) == (GAME, "game")


def test_a_code_of_another_app_is_rejected(client, code_url, tiktok, two_apps):
    body = {"code": tiktok.issue_code(GAME, "mia"), "client_key": DRAMA}

    response = client.post(code_url, body, content_type=JSON)

    assert (response.status_code, error_code(response)) == (401, "code_rejected")


def test_a_tiktok_user_in_two_apps_has_two_identities(
    client, code_url, tiktok, two_apps
):
    for key in (DRAMA, GAME):
        body = {"code": tiktok.issue_code(key, "mia"), "client_key": key}
        Client().post(code_url, body, content_type=JSON)

    assert Identity.objects.values("open_id").distinct().count() == 2


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@hypothesis_settings(max_examples=times(30))
@given(
    fields=st.fixed_dictionaries(
        {},
        optional={
            "code": _VALUES.filter(lambda value: not isinstance(value, str)),
            "client_key": _VALUES,
            "process": _VALUES,
            "next": _VALUES,
        },
    )
)
def test_every_malformed_request_is_a_400(fields, post, tiktok):
    response = post(json.dumps(fields))

    assert response.status_code == 400
    assert tiktok.requests == []
