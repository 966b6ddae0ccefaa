"""Tokens of deleted users are revoked after the response, however many there are."""

import logging
from datetime import timedelta
from threading import Event, current_thread

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.utils import timezone

from tests.grants import encrypted
from tests.removal.test_deauthorize import committed as committed  # a fixture
from tests.tokens.conftest import crowd as crowd  # a fixture
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens import revoke_later as module
from ttminis_auth.tokens.revoke_later import Revocations, revocations

User = get_user_model()


@pytest.fixture
def users(crowd, settings):
    """Five people whose tokens are good, on a site that revokes them with the user."""
    settings.TTMINIS_REVOKE_ON = ["delete"]
    crowd(5)
    return User.objects.all()


def revoked(tiktok):
    return [request.endpoint for request in tiktok.requests].count("revoke")


@pytest.mark.django_db
class TestDeletedUsers:
    """With TikTok in between."""

    def test_deleted_users_are_gone_before_tiktok_answers(
        self, users, tiktok, django_capture_on_commit_callbacks
    ):
        tiktok.order_fault("slow", seconds=1.0, endpoint="revoke")

        with django_capture_on_commit_callbacks(execute=True):
            users.delete()

        assert not Identity.objects.exists()
        assert revoked(tiktok) <= 1
        revocations.wait()

    def test_tokens_of_deleted_users_are_all_revoked(self, users, tiktok, committed):

        with committed():
            users.delete()

        assert revoked(tiktok) == 5

    def test_cost_three_calls_while_tiktok_is_away(
        self, users, tiktok, committed, caplog
    ):
        tiktok.order_fault("server_error", endpoint="revoke", times=99)

        with committed():
            users.delete()

        assert revoked(tiktok) == 3
        assert "not revoked: 2, as TikTok is out of reach" in caplog.text

    def test_have_no_refresh_token_sent_that_expired(self, users, tiktok, committed):
        past = timezone.now() - timedelta(days=1)
        Grant.objects.update(access_expires_at=past, refresh_expires_at=past)

        with committed():
            users.delete()

        assert "token" not in [request.endpoint for request in tiktok.requests]

    def test_cost_no_refresh_where_a_token_is_fresh(self, users, tiktok, committed):
        past = timezone.now() - timedelta(days=1)
        fresh = Grant.objects.first()
        later = timezone.now() + timedelta(days=1)
        Grant.objects.filter(pk=fresh.pk).update(access_expires_at=later)
        Grant.objects.create(
            identity=fresh.identity,
            scopes="other",
            **encrypted(fresh.identity, access_token="act.x", refresh_token="rft.x"),
            access_expires_at=past,
            issued_at=past,
        )

        with committed():
            fresh.identity.account.user.delete()

        assert [request.endpoint for request in tiktok.requests] == ["revoke"]

    def test_disconnected_account_is_revoked_in_the_same_way(
        self, users, tiktok, committed, settings
    ):
        settings.TTMINIS_REVOKE_ON = ["disconnect"]

        with committed():
            SocialAccount.objects.first().delete()

        assert revoked(tiktok) == 1


# The list by itself.


@pytest.fixture
def todo():
    todo = Revocations()
    yield todo
    todo.wait()


def test_one_thread_does_all(todo):
    threads, go = [], Event()

    def note():
        go.wait(5)
        threads.append(current_thread().name)
        return True

    for _ in range(3):
        todo.add(note)
    go.set()
    todo.wait()

    assert threads == ["ttminis-revocations"] * 3


def test_later_ones_get_a_thread_of_their_own(todo):
    done = []
    for number in range(2):
        todo.add(lambda number=number: not done.append(number))
        todo.wait()

    assert done == [0, 1]


def test_nothing_to_do_is_nothing_to_wait_for(todo):
    assert todo.wait() is None


def test_error_keeps_no_other_from_its_turn(todo, caplog):
    done = []

    def fail():
        raise LookupError

    todo.add(fail)
    todo.add(lambda: not done.append(1))
    todo.wait()

    assert done == [1]
    assert "A deleted user's tokens were not revoked" in caplog.text
    assert "LookupError" in caplog.text


def test_failures_that_are_not_in_a_row_drop_nothing(todo):
    answers = iter([False, False, True, False, False, True])
    done, go = [], Event()

    def act():
        go.wait(5)
        done.append(1)
        return next(answers)

    for _ in range(6):
        todo.add(act)
    go.set()
    todo.wait()

    assert len(done) == 6


def test_more_than_fit_are_dropped_and_logged(todo, monkeypatch, caplog):
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    caplog.set_level(logging.WARNING, "ttminis_auth")
    begun, go, done = Event(), Event(), []

    def act():
        begun.set()
        go.wait(5)
        done.append(1)
        return True

    todo.add(act)
    begun.wait(5)
    for _ in range(3):
        todo.add(act)
    go.set()
    todo.wait()

    assert len(done) == 3
    assert "not revoked: 1, as too many are waiting" in caplog.text


def test_fork_begins_with_nothing(todo):
    done = []
    todo._waiting.append(lambda: not done.append("of the parent"))
    todo._pid = 1  # as a fork finds it

    todo.add(lambda: not done.append("its own"))
    todo.wait()

    assert done == ["its own"]
