"""The guard of the tests raises only for admin responses with a secret."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from tests.admin import guard
from ttminis_auth.crypto import encrypt
from ttminis_auth.simulator.rights import new_token
from ttminis_auth.tiktok.secret import Secret

SECRETS = [
    new_token("act"),
    new_token("rft")[:30],
    new_token("clt"),
    "act.open-mia",
    encrypt(Secret("anything"), "a")[:40],
    "simulated-drama-secret",
    guard.PLANTED,
]


def answer(response, path="/admin/x/"):
    return guard.NoSecretInAdmin(lambda request: response)(RequestFactory().get(path))


@contextmanager
def refused():
    """Expect the guard to raise, and clear its list of leaks."""
    with pytest.raises(guard.SecretShown) as caught:
        yield caught
    guard.leaks.clear()


def test_guard_is_the_outermost_middleware_of_the_suite():
    assert settings.MIDDLEWARE[0] == "tests.admin.guard.NoSecretInAdmin"


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
@pytest.mark.parametrize("status", [200, 500])
def test_a_secret_is_found(secret, status):
    with refused():
        answer(HttpResponse(f'<input value="{secret}">', status=status))


def test_a_secret_in_a_header_is_found():
    with refused():
        answer(HttpResponse(headers={"Location": f"/?q={guard.PLANTED}"}))


def test_a_secret_in_a_cookie_is_found():
    response = HttpResponse()
    response.set_cookie("messages", guard.PLANTED)

    with refused():
        answer(response)


def test_a_secret_split_over_two_chunks_is_found():
    chunks = guard.PLANTED[:5], guard.PLANTED[5:]

    with refused():
        b"".join(answer(StreamingHttpResponse(chunks)))


def test_the_secret_is_not_in_the_error():
    with refused() as caught:
        answer(HttpResponse(guard.PLANTED))

    assert guard.PLANTED not in str(caught.value)


def test_responses_of_the_suite_pass_through_the_guard(admin_client, db):
    """The negative control: the page shows the text that was searched for."""
    with refused():
        admin_client.get("/admin/auth/user/", {"q": guard.PLANTED})


@pytest.mark.parametrize(
    "text",
    [
        "contact.html react.production.js",
        "an act. A short one",
        "kgAAAA=",
        "c" * 64,
        "gAAAA".rjust(32, "c") + "B" * 32,
    ],
)
def test_texts_without_a_secret_pass(text):
    assert answer(HttpResponse(text)).status_code == 200


def test_chunks_without_a_secret_pass():
    assert b"".join(answer(StreamingHttpResponse(["a", "b"]))) == b"ab"


def test_other_paths_are_not_read():
    assert answer(HttpResponse(guard.PLANTED), "/tiktok/").status_code == 200
