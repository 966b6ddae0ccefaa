"""The endpoint of TikTok-hosted pages gives each answer as it is described.

With a bundle for a client, most fixtures of the session face's answers give this
face's.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.endpoints.hosted.conftest import client as client  # a fixture
from tests.endpoints.hosted.conftest import code_url as code_url  # a fixture
from tests.endpoints.hosted.conftest import olga as olga  # a fixture
from tests.endpoints.hosted.hosted_page import FOREIGN_ORIGIN, HostedPage
from tests.openapi.description import APP_RESPONSES, defects, examples_of
from tests.openapi.test_answers import shape

pytestmark = pytest.mark.django_db

EXAMPLES = [
    pytest.param(status, example, id=f"{status}-{example.name}")
    for status, response in APP_RESPONSES.items()
    for example in examples_of(response)
]
REFUSALS = [p for p in EXAMPLES if "errors" in p.values[1].value]
OTHERS = [p for p in EXAMPLES if p not in REFUSALS]


@pytest.fixture(autouse=True)
def _people_who_came_in_other_ways(settings):
    """Plain clients, which have no origin, stand for native games here."""
    settings.TTMINIS_ALLOW_MISSING_ORIGIN = True


@pytest.fixture
def once_more(send_code):
    send_code("mia")
    return send_code("mia", next="/shop/?from=minis")


@pytest.fixture
def with_access_token(send_code, settings):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    settings.HEADLESS_JWT_PRIVATE_KEY = pem.decode()
    settings.HEADLESS_TOKEN_STRATEGY = (
        "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"
    )
    return send_code("mia")


@pytest.fixture
def sign_up_form(send_code, settings):
    settings.SOCIALACCOUNT_AUTO_SIGNUP = False
    return send_code("mia")


@pytest.fixture
def reauthenticate(send_code, olga, settings):
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = True
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    return send_code("mia", process="connect")


@pytest.fixture
def origin_refused(send_code):
    return send_code("mia", by=HostedPage(FOREIGN_ORIGIN))


@pytest.fixture
def session_gone(send_code):
    return send_code("mia", by=HostedPage(token="gone"))


@pytest.fixture
def no_token_at_all(send_code):
    return send_code("mia", by=HostedPage(token="a\x00b"))


@pytest.mark.parametrize(("status", "example"), EXAMPLES)
def test_every_described_answer_is_given_as_described(status, example, request):
    response = request.getfixturevalue(example.name)

    assert response.status_code == status
    assert defects(response, APP_RESPONSES) == []


@pytest.mark.parametrize(("status", "example"), REFUSALS)
def test_a_refusal_is_word_for_word_the_example(status, example, request):
    assert request.getfixturevalue(example.name).json() == example.value


@pytest.mark.parametrize(("status", "example"), OTHERS)
def test_any_other_has_exactly_the_fields_of_the_example(status, example, request):
    answer = request.getfixturevalue(example.name).json()

    assert shape(answer) == shape(example.value)


@pytest.mark.parametrize(("status", "example"), EXAMPLES)
def test_no_answer_of_the_face_is_stored(status, example, request):
    assert "no-store" in request.getfixturevalue(example.name)["Cache-Control"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_every_other_method_is_answered_as_described(client, code_url, method):
    response = getattr(client, method)(code_url)

    assert response.status_code == 405
    assert defects(response, APP_RESPONSES) == []
