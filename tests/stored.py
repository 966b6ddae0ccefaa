"""What the database holds, as an attacker with a copy would see it."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import DRAMA
from ttminis_auth.models import Grant, Identity, WebhookDelivery

# As the simulator makes them, and as TikTok documents them.
TOKEN = re.compile(r"act\.|rft\.|simulated-drama-secret")
NEXT_KEY = "the next key, long enough to please the deployment checks"


@pytest.fixture
def dump():
    """Return a function that tells all rows of all tables, and what sessions hold."""

    def read():
        read_rows = _of_sqlite if connection.vendor == "sqlite" else _of_a_server
        decoded = [session.get_decoded() for session in Session.objects.all()]
        return "\n".join([*read_rows(), repr(decoded)])

    return read


def _of_sqlite():
    connection.ensure_connection()
    return list(connection.connection.iterdump())


def _of_a_server():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            yield from map(repr, cursor.fetchall())


@pytest.fixture
def run():
    """Run a command of ours, and return what it printed."""

    def call(name, *args):
        out = StringIO()
        call_command(f"ttminis_{name}", *args, stdout=out)
        return out.getvalue()

    return call


@pytest.fixture
def rotate_key(settings):
    """Give the site a new SECRET_KEY, and keep the old one for reading."""

    def rotate():
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = NEXT_KEY

    return rotate


@pytest.fixture
def drop_old_key(settings):
    def drop():
        settings.SECRET_KEY_FALLBACKS = []

    return drop


def identity():
    return Identity.objects.with_user().get()


def expire():
    """Let the access tokens run out, by our own clock."""
    past = timezone.now() - timedelta(hours=1)
    Grant.objects.update(access_expires_at=past, issued_at=past - timedelta(days=1))


def deliver(open_id="", *, client_key=DRAMA, age=timedelta(), **fields):
    """Store a webhook delivery of this age."""
    at = timezone.now() - age
    return WebhookDelivery.objects.create(
        digest=f"{WebhookDelivery.objects.count():064}",
        client_key=client_key,
        event="authorization.removed",
        user_openid=open_id,
        create_time=at,
        received_at=at,
        content={"open_id": open_id},
        **fields,
    )
