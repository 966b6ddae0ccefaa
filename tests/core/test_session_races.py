"""A login during a removal or erasure leaves no session of the removed identity."""

from datetime import timedelta

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.signals import pre_social_login
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from tests.fixtures import DRAMA
from tests.sessions import is_logged_in
from tests.waiting import at_once
from ttminis_auth.core import session_hash, session_search
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import Overtaken
from ttminis_auth.login import enter
from ttminis_auth.models import Identity
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.tiktok.secret import Secret

pytestmark = pytest.mark.django_db(transaction=True)
both = pytest.mark.postgres

User = get_user_model()
ATTEMPTS = range(10)


def mia():
    return Identity.objects.with_user().get()


def remove():
    return deauthorize.remove(mia(), reason=1, at=timezone.now())


def erase():
    return erasure.erase(mia(), revoke=False)


def end_sessions():
    session_hash.end(mia().account.user)


def end_all():
    session_search.end(mia().account.user)


def disconnect():
    mia().account.delete()


ENDS = [remove, erase, end_sessions, end_all, disconnect]


@pytest.fixture
def during(hear):
    """Call a function once, during a login."""

    def connect(signal, act):
        done = []

        def once(**kwargs):
            if not done:
                done.append(True)
                act()

        hear(signal, once)

    return connect


# One thread: the end comes between the steps of a login.


@pytest.mark.parametrize("end", ENDS)
def test_a_session_saved_after_an_end_during_its_login_is_logged_out(
    send_code, client, during, end
):
    """The login is stored, then the end of its sessions, then the session."""
    send_code("mia", by=Client())
    during(pre_social_login, end)

    send_code("mia")

    assert not is_logged_in(client)


def test_a_login_that_began_before_a_removal_is_refused(send_code, tiktok, rf):
    send_code("mia", by=Client())
    request = rf.post("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    with request_context(request):
        code = tiktok.issue_code(DRAMA, "mia")
        waiting = enter.verify(request, get_provider(request), Secret(code))
        remove()

        with pytest.raises(Overtaken):
            enter.second_look(request, waiting, enter.enter)

    assert mia().state == Identity.State.REMOVED
    assert not mia().grants.active().exists()


def test_a_removal_with_a_future_time_does_not_lock_the_user_out(send_code, client):
    """TikTok's clock or ours may be wrong."""
    send_code("mia", by=Client())
    later = timezone.now() + timedelta(days=1)
    deauthorize.remove(mia(), reason=1, at=later)

    send_code("mia")

    assert is_logged_in(client)


# Real threads.


@both
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_session_after_parallel_logins_and_an_end_has_an_active_identity(
    send_code, end, attempt
):
    clients = [Client() for _ in range(4)]
    send_code("mia", by=clients[0])
    logins = [lambda client=client: send_code("mia", by=client) for client in clients]

    *answers, _ = at_once(*logins, end)

    assert {answer.status_code for answer in answers} <= {200, 409}
    state = Identity.objects.values_list("state", flat=True)
    inside = [client for client in clients if is_logged_in(client)]
    assert not inside or list(state) == [Identity.State.ACTIVE]


@both
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_removals_and_logins_of_two_apps_do_not_deadlock(send_code, attempt):
    send_code("mia", by=Client())
    other = mia().account.user.socialaccount_set.create(provider="game", uid="g-1")
    game = Identity.objects.create(account=other, client_key="game", open_id="g-1")

    def remove_game():
        return deauthorize.remove(game, reason=1, at=timezone.now())

    def remove_drama():
        identity = Identity.objects.exclude(pk=game.pk).get()
        return deauthorize.remove(identity, reason=1, at=timezone.now())

    logins = [lambda: send_code("mia", by=Client()) for _ in range(3)]
    *answers, _, _, _ = at_once(*logins, remove_game, remove_drama, game.delete)

    assert {answer.status_code for answer in answers} <= {200, 409}
