"""Parallel logins from TikTok-hosted pages, with real threads; on PostgreSQL only."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session

from tests.endpoints.hosted.hosted_page import HostedPage
from tests.fixtures import DRAMA
from tests.login.test_races import at_once as at_once  # a fixture
from tests.login.test_races import mia_s_codes as mia_s_codes  # a fixture
from tests.login.test_races import statuses, user_ids
from ttminis_auth.models import Grant, Identity

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()


@pytest.fixture
def pages():
    return [HostedPage() for _ in range(20)]


def test_twenty_parallel_first_logins_create_one_user(at_once, mia_s_codes, pages):
    responses = at_once(mia_s_codes, clients=pages)

    assert statuses(responses) == [200] * 20
    assert len(user_ids(responses)) == 1
    assert (
        User.objects.count() == Identity.objects.count() == Grant.objects.count() == 1
    )


def test_twenty_parallel_first_logins_get_their_own_tokens(at_once, mia_s_codes, pages):
    at_once(mia_s_codes, clients=pages)

    assert len({page.token for page in pages}) == 20
    assert {page.me() for page in pages} == {User.objects.get().pk}


def test_parallel_later_logins_with_one_token_keep_it(
    at_once, send_code, client, mia_s_codes
):
    send_code("mia")
    before = client.token

    responses = at_once(
        mia_s_codes, clients=[HostedPage(token=before) for _ in range(20)]
    )

    assert statuses(responses) == [200] * 20
    assert Session.objects.get().session_key == before


def test_parallel_switches_with_one_token_end_it(at_once, send_code, client, tiktok):
    send_code("mia")
    old = client.token
    codes = [tiktok.issue_code(DRAMA, "noah") for _ in range(10)]
    pages = [HostedPage(token=old) for _ in codes]

    responses = at_once(codes, clients=pages, process="switch")

    assert set(statuses(responses)) <= {200, 410}
    assert 200 in statuses(responses)
    assert HostedPage(token=old).me() is None
