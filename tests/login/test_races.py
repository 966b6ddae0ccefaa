"""What parallel logins must not break, with real threads.

On SQLite these tests would queue up behind the one lock on the file, so they run on
PostgreSQL only.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.account.signals import user_signed_up
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client

from tests.databases import connection
from tests.fixtures import BASIC, DRAMA, GAME
from ttminis_auth.models import Grant, Identity

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()


@pytest.fixture
def at_once(code_url):
    """Post each of the codes in a thread and a session of its own, all at once."""

    def run(codes, clients=None, **fields):
        barrier = Barrier(len(codes))
        clients = clients or [Client() for _ in codes]

        def post(client, code):
            try:
                barrier.wait()
                body = {"code": code, **fields}
                return client.post(code_url, body, content_type="application/json")
            finally:
                connection.close()

        with ThreadPoolExecutor(len(codes)) as pool:
            return list(pool.map(post, clients, codes))

    return run


@pytest.fixture
def signed_up():
    """The users that allauth's sign-up signal was sent for."""
    users = []

    def note(user, **kwargs):
        users.append(user)

    user_signed_up.connect(note)
    yield users
    user_signed_up.disconnect(note)


@pytest.fixture
def mia_s_codes(tiktok):
    return [tiktok.issue_code(DRAMA, "mia") for _ in range(20)]


def post_at(barrier, client, url, code):
    try:
        barrier.wait()
        body = {"code": code, "process": "authorize"} if code else {}
        return client.post(url, body, content_type="application/json")
    finally:
        connection.close()


def statuses(responses):
    return [response.status_code for response in responses]


def user_ids(responses):
    return {response.json()["data"]["user"]["id"] for response in responses}


def test_twenty_first_logins_at_once_all_succeed(at_once, mia_s_codes):
    assert statuses(at_once(mia_s_codes)) == [200] * 20


def test_twenty_first_logins_at_once_are_one_person(at_once, mia_s_codes):
    responses = at_once(mia_s_codes)

    assert len(user_ids(responses)) == 1
    assert Identity.objects.count() == SocialAccount.objects.count() == 1


def test_twenty_first_logins_at_once_leave_no_orphan(at_once, mia_s_codes):
    at_once(mia_s_codes)

    assert User.objects.count() == 1
    assert Grant.objects.count() == 1


def test_twenty_first_logins_at_once_sign_up_once(at_once, mia_s_codes, signed_up):
    responses = at_once(mia_s_codes)

    created = [r.json()["data"]["ttminis"]["created"] for r in responses]
    assert len(signed_up) == 1
    assert created.count(True) == 1


def test_two_people_s_first_logins_at_once_stay_apart(at_once, tiktok):
    codes = [tiktok.issue_code(DRAMA, who) for who in ("mia", "noah") * 10]

    responses = at_once(codes)

    assert statuses(responses) == [200] * 20
    assert user_ids(responses[::2]).isdisjoint(user_ids(responses[1::2]))
    assert User.objects.count() == 2


def test_one_code_posted_ten_times_at_once_logs_in_once(at_once, tiktok):
    responses = at_once([tiktok.issue_code(DRAMA, "mia")] * 10)

    assert sorted(statuses(responses)) == [200] + [401] * 9


def test_parallel_returns_leave_one_grant(at_once, send_code, mia_s_codes):
    send_code("mia")

    assert statuses(at_once(mia_s_codes)) == [200] * 20
    assert Grant.objects.count() == 1


def test_parallel_logins_to_a_pre_made_account_leave_one_identity(
    at_once, tiktok, mia_s_codes
):
    olga = User.objects.create_user("olga")
    uid = tiktok.open_id("mia", DRAMA)
    SocialAccount.objects.create(user=olga, provider="ttminis", uid=uid)

    assert statuses(at_once(mia_s_codes)) == [200] * 20
    assert Identity.objects.get().account.user == olga


def test_parallel_logins_in_one_session_leave_it_alone(
    at_once, send_code, client, mia_s_codes
):
    send_code("mia")
    before = client.session.session_key

    at_once(mia_s_codes, clients=[client] * 20)

    assert client.session.session_key == before


def test_only_one_of_two_users_connects_an_account(at_once, tiktok):
    clients = [Client(), Client()]
    for client, name in zip(clients, ("olga", "otto"), strict=True):
        client.force_login(User.objects.create_user(name))
    codes = [tiktok.issue_code(DRAMA, "mia") for _ in clients]

    responses = at_once(codes, clients=clients, process="connect")

    assert sorted(statuses(responses)) == [200, 409]
    assert Identity.objects.count() == 1


def test_two_consents_at_once_leave_one_broad_grant(at_once, send_code, tiktok):
    send_code("mia")
    codes = [tiktok.issue_code(DRAMA, "mia", scopes=BASIC) for _ in range(10)]

    responses = at_once(codes, process="authorize")

    assert statuses(responses) == [200] * 10
    assert Grant.objects.get().scopes == ",".join(BASIC)


def test_consents_and_silent_logins_at_once_lose_no_profile(at_once, send_code, tiktok):
    send_code("mia")
    codes = [tiktok.issue_code(DRAMA, "mia") for _ in range(10)]
    consents = [tiktok.issue_code(DRAMA, "mia", scopes=BASIC) for _ in range(10)]

    with ThreadPoolExecutor(2) as pool:
        silent = pool.submit(at_once, codes)
        consented = pool.submit(at_once, consents, process="authorize")

    assert statuses(silent.result() + consented.result()) == [200] * 20
    assert SocialAccount.objects.get().extra_data["display_name"] == "Mia"


def test_a_consent_and_a_logout_at_once_end_without_a_crash(
    send_code, client, tiktok, code_url
):
    send_code("mia")
    code = tiktok.issue_code(DRAMA, "mia", scopes=BASIC)
    barrier = Barrier(2)

    def consent():
        return post_at(barrier, client, code_url, code)

    def leave():
        return post_at(barrier, client, "/accounts/logout/", None)

    with ThreadPoolExecutor(2) as pool:
        answers = [
            future.result() for future in (pool.submit(consent), pool.submit(leave))
        ]

    assert answers[0].status_code in (200, 409)
    assert User.objects.count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_merge_and_silent_logins_at_once_end_in_one_user(
    at_once, client, tiktok, settings, attempt
):
    drama, game = (
        {"client_id": DRAMA, "secret": "simulated-drama-secret"},
        {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"},
    )
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    settings.TTMINIS_UNION_LINKING = "merge"
    first = tiktok.issue_code(DRAMA, "mia", scopes=BASIC)
    at_once([first], client_key=DRAMA, process="authorize")
    at_once([tiktok.issue_code(GAME, "mia")], client_key=GAME)
    codes = [tiktok.issue_code(GAME, "mia") for _ in range(8)]
    consent = [tiktok.issue_code(GAME, "mia", scopes=BASIC)]

    with ThreadPoolExecutor(2) as pool:
        silent = pool.submit(at_once, codes, client_key=GAME)
        merged = pool.submit(at_once, consent, client_key=GAME, process="authorize")

    answers = silent.result() + merged.result()
    assert [answer.json() for answer in answers if answer.status_code != 200] == []
    assert User.objects.count() == 1
