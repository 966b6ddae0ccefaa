"""What commits while a login waits for its rows counts, with real threads."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model

from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.fixtures import GAME, error_code
from tests.waiting import until_somebody_waits
from ttminis_auth.linking.detect import consider
from ttminis_auth.models import LinkingConflict
from ttminis_auth.removal import erasure

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


def test_a_consent_waits_for_the_erasure_of_the_other_user(person):
    mine = person("mia-game", app=GAME, union_id="u")
    other = person("mia", union_id="u")

    def report():
        try:
            return consider(mine)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, atomic():
        erasure.erase(other, delete_user=True, revoke=False)
        answer = pool.submit(report)
        until_somebody_waits()

    assert answer.result() is None
    assert not LinkingConflict.objects.exists()
