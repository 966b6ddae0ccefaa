"""A ban that commits while a connect waits for the user counts, with real threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model

from tests.databases import atomic, connection
from tests.fixtures import error_code
from tests.waiting import until_somebody_waits

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()


@pytest.fixture
def connect(send_code, olga):
    def post():
        try:
            return send_code("mia", process="connect")
        finally:
            connection.close()

    return post


def test_a_ban_that_is_being_committed_stops_a_connect(connect):
    with ThreadPoolExecutor(1) as pool, atomic():
        User.objects.update(is_active=False)
        answer = pool.submit(connect)
        until_somebody_waits()

    assert error_code(answer.result()) == "user_inactive"
    assert not SocialAccount.objects.exists()


def test_an_erasure_that_is_being_committed_stops_a_connect(connect):
    with ThreadPoolExecutor(1) as pool, atomic():
        User.objects.all().delete()
        answer = pool.submit(connect)
        until_somebody_waits()

    assert error_code(answer.result()) == "user_inactive"
    assert not User.objects.exists()
