"""One row that cannot be deleted stops no run, and a run of many searches once."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext

from tests.admin.conftest import operator as operator  # a fixture
from tests.admin.conftest import person as person  # a fixture
from tests.databases import connection
from tests.removal.test_prune import DAY, QUARTER, remove
from tests.removal.test_prune import forgetful as forgetful  # a fixture
from tests.removal.test_prune import prune as prune
from ttminis_auth.core import counts
from ttminis_auth.models import DailyCount, Identity
from ttminis_auth.removal import admin_log
from ttminis_auth.removal import prune as retention

pytestmark = pytest.mark.django_db

WORDS = "act.secret"


@pytest.fixture
def three(person, forgetful):
    """Three identities that were removed a season ago."""
    people = [person(f"mia{n}") for n in range(3)]
    remove(age=QUARTER)
    return people


@pytest.fixture
def stubborn(three):
    """The first of the three, which a receiver of the project protects."""

    def refuse(instance, **kwargs):
        if instance == three[0]:
            raise LookupError(WORDS)

    pre_delete.connect(refuse, sender=Identity)
    yield three[0]
    pre_delete.disconnect(refuse, sender=Identity)


def test_identity_that_cannot_be_erased_stops_no_other_erasure(stubborn, prune):
    with pytest.raises(CommandError, match="1 identities were not erased"):
        prune()

    assert Identity.objects.get() == stubborn


def test_all_identities_that_cannot_be_erased_are_counted(three, prune):
    def refuse(**kwargs):
        raise LookupError

    pre_delete.connect(refuse, sender=Identity)
    try:
        with pytest.raises(CommandError, match="3 identities were not erased"):
            prune()
    finally:
        pre_delete.disconnect(refuse, sender=Identity)


def test_failure_is_logged_with_its_class_and_without_its_words(
    stubborn, prune, caplog
):
    with pytest.raises(CommandError):
        prune()

    assert f"Identity {stubborn.pk} was not erased: LookupError" in caplog.text
    assert WORDS not in caplog.text


# Counts.


def test_counts_of_more_than_two_years_ago_are_deleted(prune):
    kept = counts.today() - retention.COUNTS_KEPT
    for day in (kept, kept - timedelta(days=1)):
        DailyCount.objects.create(day=day, client_key="mn1", what="login", count=1)

    assert "Daily counts: 1" in prune()
    assert DailyCount.objects.get().day == kept


def test_dry_run_deletes_no_counts(prune):
    long_ago = counts.today() - 2 * retention.COUNTS_KEPT
    DailyCount.objects.create(day=long_ago, client_key="mn1", what="login", count=1)

    assert "Daily counts: 1" in prune("--dry-run")
    assert DailyCount.objects.exists()


# The history of Django's admin.


def log(operator, identity, **fields):
    return LogEntry.objects.create(
        user=operator,
        action_flag=2,
        object_repr=str(identity),
        object_id=str(identity.pk),
        content_type=ContentType.objects.get_for_model(identity),
        **fields,
    )


def searches(act):
    table = LogEntry._meta.db_table
    with CaptureQueriesContext(connection) as captured:
        act()
    return [q["sql"] for q in captured if table in q["sql"]]


def test_history_is_searched_once_for_many(three, prune):
    assert len(searches(prune)) == 2  # what is about them, and about their users


def test_history_of_each_of_many_is_forgotten(three, operator, prune):
    for identity in three:
        log(operator, identity, change_message=f"link: {identity.open_id}")

    prune()

    history = set(LogEntry.objects.values_list("object_repr", "change_message"))
    assert history == {("erased", "link")}


def test_history_of_others_is_not_read(three, operator):
    column = connection.ops.quote_name("content_type_id")
    for sql in searches(lambda: admin_log.scrub(three[0])):
        assert f"{column} " in sql.split("WHERE", 1)[1]


def test_id_that_looks_like_a_pattern_finds_itself_alone(person, operator):
    odd, other = person("a.c", open_id="open-a.c|b"), person("abc", open_id="open-abc")
    entries = [log(operator, each, change_message="link: x") for each in (odd, other)]

    admin_log.scrub(odd)

    history = LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)
    assert list(history) == ["erased", str(other)]
    assert len(entries) == 2


def test_history_is_not_searched_without_identities():
    assert searches(admin_log.scrub) == []


def test_limits_are_days():
    assert retention.COUNTS_KEPT > 2 * 365 * DAY
