"""The database's connection is lost in a first login: a login, or a 500, never half.

At each statement of the login in turn the server ends the connection, once before the
statement and once after it, which is before the commit that follows.
"""

import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client

from tests.databases import PEOPLE, connection, empty_tables
from tests.fixtures import DRAMA
from tests.sessions import user_of
from ttminis_auth.models import Grant, Identity

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

User = get_user_model()
PATIENCE = 30

END = {
    "postgresql": "SELECT pg_terminate_backend(%s)",
    "mysql": "KILL CONNECTION %s",
}
STILL_THERE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = %s",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE id = %s",
}


def end_connection():
    """Have the server end the connection that the login is using."""
    driver = connection.connection
    mysql = connection.vendor == "mysql"
    number = driver.thread_id() if mysql else driver.info.backend_pid
    until = time.monotonic() + PATIENCE
    other = connections.create_connection(PEOPLE)
    try:
        with other.cursor() as cursor:
            cursor.execute(END[other.vendor], [number])
            while _is_there(cursor, number):
                assert time.monotonic() < until, "the connection does not end"
                time.sleep(0.01)
    finally:
        other.close()


def _is_there(cursor, number):
    cursor.execute(STILL_THERE[connection.vendor], [number])
    return cursor.fetchone()[0]


class Loses:
    """Loses the connection at the statement of this number, counted from 0."""

    def __init__(self, number, moment):
        self.number, self.moment, self.seen = number, moment, 0

    def __call__(self, execute, *statement):
        is_it = self.seen == self.number
        self.seen += 1
        if is_it and self.moment == "before":
            end_connection()
        result = execute(*statement)
        if is_it and self.moment == "after":
            end_connection()
        return result


@pytest.fixture
def first_login(tiktok, code_url):
    """Log a new user in, and lose the connection in between."""

    def post(loses):
        client = Client(raise_request_exception=False)
        body = {"code": tiktok.issue_code(DRAMA, "mia")}
        with connection.execute_wrapper(loses):
            answer = client.post(code_url, body, content_type="application/json")
        connection.close()
        return client, answer

    yield post
    connection.close()


def halves(client, answer, logged):
    """Yield what is there without the rest of it."""
    # Django calls a session that it could not save interrupted, with status 400.
    interrupted = answer.status_code == 400 and "session was deleted" in logged
    if answer.status_code not in (200, 500) and not interrupted:
        yield f"a {answer.status_code}"
    if answer.status_code == 500 and "Traceback" not in logged:
        yield "a 500 that is not in the log"
    if answer.status_code == 200 and user_of(client.session) is None:
        yield "a login that is none"
    if answer.status_code != 200 and user_of(client.session) is not None:
        yield "a login that was answered with an error"
    if SocialAccount.objects.filter(ttminis_identity=None).exists():
        yield "an account without an identity"
    if Identity.objects.filter(grants=None).exists():
        yield "an identity without a grant"
    if User.objects.filter(socialaccount=None).exists():
        yield "a user without an account"


def is_at_home(send_code, client):
    """Say whether the next login enters as the one user that there is."""
    return send_code("mia", by=client).status_code == 200 and (
        user_of(client.session) == User.objects.get()
    )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_lost_connection_leaves_a_login_or_nothing(
    moment, first_login, send_code, caplog
):
    found, number = {}, 0
    while True:
        empty_tables()
        caplog.clear()
        loses = Loses(number, moment)
        client, answer = first_login(loses)
        if loses.seen <= number:
            break
        found[number] = list(halves(client, answer, caplog.text))
        if not is_at_home(send_code, client):
            found[number].append("a next login that fails")
        number += 1

    assert number > 10
    assert not any(found.values()), found


def test_connection_that_is_lost_is_a_500(first_login):
    _, answer = first_login(Loses(5, "before"))

    assert answer.status_code == 500
    assert (User.objects.count(), Grant.objects.count()) == (0, 0)
