"""What a login costs the database; ``benchmarks`` has the rest."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialApp
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.databases import connection
from tests.fixtures import DRAMA
from ttminis_auth.models import Grant, Identity

pytestmark = pytest.mark.django_db(transaction=True)

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET ")
READS = ("SELECT",)

# What the test project has installed asks these for a second factor and for an address.
OPTIONAL = ("mfa_authenticator", "account_emailaddress")


def statements(act):
    """Return what is asked for a login, but for optional apps."""
    with CaptureQueriesContext(connection) as captured:
        act()
    found = [q["sql"] for q in captured if not q["sql"].startswith(CONTROL)]
    return [sql for sql in found if not any(table in sql for table in OPTIONAL)]


def writes(made):
    return [sql for sql in made if not sql.startswith(READS)]


@pytest.fixture
def log_in(send_code):
    """Log in as the page's script does, which names its app."""

    def log_in(by=None, handle="mia"):
        answer = send_code(handle, by=by or Client(), client_key=DRAMA)
        assert answer.status_code == 200

    return log_in


@pytest.fixture
def later():
    """Have the last login be longer ago than a visit is long."""
    return lambda: Identity.objects.update(
        vouched_at=Identity.objects.get().vouched_at - timedelta(hours=1)
    )


def test_a_returning_login_takes_at_most_seven_statements(log_in):
    log_in()

    assert len(statements(log_in)) <= 7


def test_the_first_login_of_the_hour_takes_at_most_eight(log_in, later):
    log_in()
    later()

    assert len(statements(log_in)) <= 8


@pytest.mark.parametrize("engine", ["cache", "signed_cookies"])
def test_with_cached_sessions_it_takes_at_most_five(log_in, settings, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    log_in()

    assert len(statements(log_in)) <= 5


def test_logging_in_again_takes_at_most_five_statements_and_one_write(log_in, client):
    log_in(client)

    made = statements(lambda: log_in(client))
    assert len(made) <= 5
    assert [Grant._meta.db_table in sql for sql in writes(made)] == [True]


def test_logging_in_again_later_takes_at_most_six_statements(log_in, client, later):
    log_in(client)
    later()

    assert len(statements(lambda: log_in(client))) <= 6


def test_a_first_login_takes_at_most_fourteen_statements(log_in):
    assert len(statements(log_in)) <= 14


def test_an_app_that_has_a_row_takes_one_more(log_in, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}
    secret = "simulated-drama-secret"
    SocialApp.objects.create(provider="ttminis", client_id=DRAMA, secret=secret)
    log_in()

    assert len(statements(log_in)) <= 8
