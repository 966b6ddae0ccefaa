"""Which webhooks are accepted, and what the others get: no reason."""

from __future__ import annotations

import time
from datetime import timedelta
from io import BytesIO

import pytest
from allauth.socialaccount.models import SocialApp
from django.core.handlers.asgi import ASGIRequest
from django.test import Client

from tests.core.client_apps.conftest import app, configure  # noqa: F401, a fixture
from tests.fixtures import DRAMA, GAME
from tests.web.conftest import WEB
from tests.webhooks.conftest import HOUR, JSON, SECRET, URL, packed, signed
from ttminis_auth.models import WebhookDelivery
from ttminis_auth.webhooks.views import webhook

pytestmark = pytest.mark.django_db

LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


def recorded():
    return WebhookDelivery.objects.count()


@pytest.fixture
def nothing_recorded(db):
    """Hold a test to it that what was refused left no trace."""
    yield
    assert recorded() == 0


# Who is believed.


def test_signed_event_is_accepted_and_recorded(deliver):
    response = deliver()

    assert (response.status_code, response.content) == (200, b"")
    assert recorded() == 1


def test_body_is_verified_byte_by_byte(post):
    body = b'{ "event":"\xc3\xa9",\n"client_key": "%s"}\n' % DRAMA.encode()

    assert post(body, signed(body)).status_code == 200


def test_header_may_be_written_in_lower_case(client):
    body = packed()
    headers = {"tiktok-signature": signed(body)}

    assert client.post(URL, body, JSON, headers=headers).status_code == 200


def test_parts_of_the_header_may_be_reordered_and_repeated(post):
    body = packed()
    stamp, mac = signed(body).split(",")

    assert post(body, f"{mac.upper()},s=00,{stamp}, {stamp}").status_code == 200


@pytest.mark.parametrize("hours", [0, 1, 72])
def test_late_retry_is_accepted(deliver, hours):
    assert deliver(at=time.time() - hours * HOUR).status_code == 200


def test_type_of_the_content_does_not_matter(client):
    body = packed()
    headers = {"TikTok-Signature": signed(body)}

    response = client.post(URL, body, "text/plain", headers=headers)
    assert response.status_code == 200


def test_app_of_the_web_signs_with_its_own_secret(deliver):
    response = deliver(client_key=WEB, secret="simulated-web-secret")

    assert response.status_code == 200


def test_each_app_signs_with_its_own_secret(configure, deliver):  # noqa: F811
    configure([app(DRAMA, "drama")], [app(GAME, "game")])

    game = {"client_key": GAME, "secret": "simulated-game-secret"}
    assert deliver(**game).status_code == 200
    assert deliver().status_code == 200


@pytest.mark.parametrize("secret", [SECRET, "the next secret"])
def test_either_entry_of_an_app_that_is_configured_twice_may_match(
    configure,  # noqa: F811
    deliver,
    secret,
):
    configure([app(DRAMA)], [app(DRAMA) | {"secret": "the next secret"}])

    assert deliver(secret=secret).status_code == 200


# How it fits into a project.


def post_in_chunks(body):
    """Ask the view over ASGI and without a length, as HTTP/2 allows."""
    header = (b"tiktok-signature", signed(body).encode())
    scope = {"type": "http", "method": "POST", "path": URL, "headers": [header]}
    return webhook(ASGIRequest(scope, BytesIO(body))).status_code


def as_long_as(length):
    return packed().ljust(length)


@pytest.mark.parametrize("length", [0, 65536])
def test_asgi_and_a_body_in_chunks_are_fine(length):
    assert post_in_chunks(as_long_as(length)) == 200
    assert recorded() == 1


def test_csrf_protection_is_not_in_the_way(deliver):
    assert deliver(by=Client(enforce_csrf_checks=True)).status_code == 200


def test_login_required_middleware_is_not_in_the_way(deliver, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]

    assert deliver().status_code == 200


@pytest.mark.parametrize("middleware", [[], [f"{__name__}.reading"]])
def test_body_in_chunks_is_read_where_the_server_says_its_end(
    middleware, post, settings
):
    settings.MIDDLEWARE = [*middleware, *settings.MIDDLEWARE]
    body = packed()
    chunks = {"wsgi.input": BytesIO(body), "wsgi.input_terminated": True}

    response = post(b"", signed(body), CONTENT_LENGTH="", **chunks)
    assert response.status_code == 200


def test_limit_for_pages_is_not_in_the_way(deliver, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1

    assert deliver().status_code == 200


def test_no_session_is_begun_and_no_cookie_set(deliver, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True

    response = deliver()
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
@pytest.mark.usefixtures("nothing_recorded")
def test_any_method_but_post_is_refused(client, method):
    response = getattr(client, method)(URL)

    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("again", ["client_key\0", "client_key\ud800"])
def test_event_is_of_the_app_whose_secret_has_signed_it(configure, post, again):  # noqa: F811
    configure([app(DRAMA, "drama"), app(GAME, "game")])
    body = packed(**{"client_key": GAME, again: DRAMA})

    assert post(body, signed(body, "simulated-game-secret")).status_code == 200
    assert WebhookDelivery.objects.get().client_key == GAME


# Who is not believed.


@pytest.mark.usefixtures("nothing_recorded")
class TestRefusals:
    def test_without_a_signature(self, client):
        assert client.post(URL, packed(), content_type=JSON).status_code == 400

    def test_body_that_was_changed(self, post):
        body = packed(user_openid="mia")

        changed = body.replace(b"mia", b"noa")
        assert post(changed, signed(body)).status_code == 400

    def test_wrong_secret(self, deliver):
        assert deliver(secret="guessed").status_code == 400

    def test_secret_of_another_app(self, configure, deliver):  # noqa: F811
        configure([app(DRAMA, "drama"), app(GAME, "game")])

        assert deliver(secret="simulated-game-secret").status_code == 400

    def test_app_that_is_not_ours(self, deliver):
        assert deliver(client_key="mnunknown0000009").status_code == 400

    @pytest.mark.parametrize(
        "client_key", [None, "", "\0", "x" * 192, 7, [DRAMA], {}, DRAMA.upper()]
    )
    def test_app_that_is_not_named(self, deliver, client_key):
        """Where nothing is named, no app's secret may do."""
        assert deliver(client_key=client_key).status_code == 400

    def test_app_without_a_secret(self, deliver):
        SocialApp.objects.create(provider="ttminis", client_id="mnblank", secret="")

        assert deliver(client_key="mnblank", secret="").status_code == 400

    def test_app_of_another_provider(self, deliver):
        SocialApp.objects.create(provider="google", client_id="them", secret="theirs")

        assert deliver(client_key="them", secret="theirs").status_code == 400

    @pytest.mark.parametrize("hours", [74, 24 * 365, -1])
    def test_signature_too_late_or_of_the_future(self, deliver, hours):
        assert deliver(at=time.time() - hours * HOUR).status_code == 400

    def test_signature_older_than_the_project_tolerates(self, deliver, settings):
        settings.TTMINIS_WEBHOOK_TOLERANCE = timedelta(minutes=5)

        assert deliver(at=time.time() - HOUR).status_code == 400

    def test_body_that_states_too_much_is_not_even_read(self, post):
        class Unread(BytesIO):
            def read(self, *args):
                pytest.fail("it was read")

        environ = {"CONTENT_LENGTH": "65537", "wsgi.input": Unread()}
        assert post(b"", "", **environ).status_code == 400

    @pytest.mark.parametrize("length", ["", "0", "-5", "many", "9" * 5000, "10"])
    def test_length_that_is_wrong(self, post, length):
        body = packed()

        response = post(body, signed(body), CONTENT_LENGTH=length)
        assert response.status_code == 400

    def test_body_that_is_longer_than_stated(self, post):
        body = as_long_as(65537)

        environ = {"CONTENT_LENGTH": "65536", "wsgi.input": BytesIO(body)}
        assert post(body, signed(body), **environ).status_code == 400

    def test_body_over_64_kib_that_states_no_length(self):
        assert post_in_chunks(as_long_as(65537)) == 400

    def test_body_that_ends_early(self, post):
        body = packed()

        environ = {"CONTENT_LENGTH": "60000", "wsgi.input": BytesIO(body[:-1])}
        assert post(body, signed(body), **environ).status_code == 400

    def test_body_that_breaks_off(self, post):
        class Broken(BytesIO):
            def read(self, *args):
                raise ConnectionResetError

        response = post(packed(), "", **{"wsgi.input": Broken()})
        assert response.status_code == 400


def test_body_that_a_middleware_has_read_is_verified_all_the_same(deliver, settings):
    settings.MIDDLEWARE = [f"{__name__}.reading", *settings.MIDDLEWARE]

    assert deliver().status_code == 200


def reading(get_response):
    def middleware(request):
        request.body  # noqa: B018, reading it is the point
        return get_response(request)

    return middleware


def test_refused_webhook_does_not_say_why(post):
    """Not by a single byte, headers included."""
    body, now = packed(), time.time()
    unknown = packed(client_key="mnunknown0000009")
    refused = [
        post(body, ""),
        post(body, "t=1"),
        post(body, "x" * 5000),
        post(body, signed(body, "guessed")),
        post(body, signed(body, at=now - 80 * HOUR)),
        post(body, signed(body, at=now + HOUR)),
        post(unknown, signed(unknown)),
        post(b"", signed(b"")),
        post(b"{", signed(b"{")),
        post(b"x" * 70000, ""),
        post(body, signed(body), CONTENT_LENGTH="many"),
    ]

    assert {response.status_code for response in refused} == {400}
    assert len({response.serialize() for response in refused}) == 1


@pytest.mark.parametrize("secret", [SECRET, "guessed"])
def test_log_says_why_and_holds_no_secret(deliver, everything_logged, secret):
    deliver(secret=secret, user_openid="\nforged line")

    logged = everything_logged()
    assert ("no signature matches" in logged) == (secret == "guessed")
    assert SECRET not in logged
    assert "forged" not in logged
