"""The logout of a site without allauth's pages gives each answer that is described."""

import pytest
from django.urls import reverse

from tests.openapi.description import LOGOUT_RESPONSES, defects, examples_of
from tests.openapi.test_answers import but_for_the_token

pytestmark = pytest.mark.django_db

EXAMPLES = [
    pytest.param(status, example, id=f"{status}-{example.name}")
    for status, response in LOGOUT_RESPONSES.items()
    for example in examples_of(response)
    if example.name != "not_a_post"
]


@pytest.mark.parametrize(("status", "example"), EXAMPLES)
def test_logout_answers_word_for_word_as_described(status, example, request):
    response = request.getfixturevalue(example.name)

    assert response.status_code == status
    assert defects(response, LOGOUT_RESPONSES) == []
    assert but_for_the_token(response.json()) == but_for_the_token(example.value)


@pytest.mark.usefixtures("headless_only")
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options"])
def test_every_other_method_is_answered_as_described(client, method):
    response = getattr(client, method)(reverse("ttminis_logout"))

    assert response.status_code == 405
    assert defects(response, LOGOUT_RESPONSES) == []


def test_logout_of_an_anonymous_visitor_is_answered_the_same(client, logged_out):
    again = client.post(reverse("ttminis_logout"))

    assert but_for_the_token(again.json()) == but_for_the_token(logged_out.json())
