"""What has been kept for long enough goes, and nothing else."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete
from django.test import Client
from django.utils import timezone

from tests.databases import atomic, connection
from tests.fixtures import DRAMA
from tests.lengths import times
from tests.sessions import is_logged_in
from tests.stored import deliver, identity
from ttminis_auth.core import batches
from ttminis_auth.models import DailyCount, Grant, Identity, WebhookDelivery
from ttminis_auth.removal import deauthorize
from ttminis_auth.removal import prune as retention
from ttminis_auth.tiktok.types import RemovalReason

pytestmark = pytest.mark.django_db

User = get_user_model()
DAY = timedelta(days=1)
QUARTER = 90 * DAY
NOTHING = (
    "Webhook deliveries: 0, of these 0 failed and 0 never handled\n"
    "Dead grants: 0\n"
    "Removed identities: 0\n"
    "Daily counts: 0\n"
)


@pytest.fixture
def prune(run):
    return lambda *args: run("prune", *args)


@pytest.fixture
def forgetful(settings):
    """A site that keeps removed identities for a month."""
    settings.TTMINIS_REMOVED_RETENTION = 30 * DAY


@pytest.fixture
def mia(authorize):
    authorize("mia")
    return identity()


def remove(*, age):
    """All identities were removed, this long ago."""
    at = timezone.now() - age
    Identity.objects.update(state=Identity.State.REMOVED, removed_at=at)
    Grant.objects.all().end()


def test_nothing_is_deleted_where_nothing_is_old(mia, prune):
    deliver(age=QUARTER - DAY)

    assert prune() == NOTHING
    assert WebhookDelivery.objects.count() == 1


# Webhook deliveries.


def test_old_deliveries_are_deleted(db, prune):
    deliver(age=QUARTER + DAY)
    young = deliver()

    assert prune().startswith("Webhook deliveries: 1,")
    assert WebhookDelivery.objects.get() == young


def test_unfinished_deliveries_are_deleted_and_reported(db, prune):
    for result in ("handled", "failed", "failed", "received"):
        deliver(age=QUARTER + DAY, result=result)

    assert "4, of these 2 failed and 1 never handled" in prune()
    assert not WebhookDelivery.objects.exists()


def test_delivery_is_kept_as_long_as_its_replay_would_be_believed(db, settings, prune):
    settings.TTMINIS_WEBHOOK_RETENTION = timedelta()
    settings.TTMINIS_WEBHOOK_TOLERANCE = 3 * DAY
    deliver(age=4 * DAY)
    # TikTok's clock may be ahead of ours, and the signature as much younger.
    replayable = deliver(age=3 * DAY + timedelta(minutes=4))

    prune()

    assert WebhookDelivery.objects.get() == replayable


def test_dry_run_reports_and_deletes_nothing(mia, prune, forgetful):
    deliver(age=QUARTER + DAY, result="failed")
    remove(age=QUARTER + DAY)
    Grant.objects.update(dead_at=timezone.now() - QUARTER - DAY)

    assert prune("--dry-run") == (
        "Webhook deliveries: 1, of these 1 failed and 0 never handled\n"
        "Dead grants: 1\n"
        "Removed identities: 1\n"
        "Daily counts: 0\n"
        "Nothing was deleted.\n"
    )
    assert WebhookDelivery.objects.exists()
    assert Grant.objects.exists()
    assert Identity.objects.exists()


def test_all_batches_are_gone_through(db, prune, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    for age in (QUARTER + DAY, DAY, QUARTER + DAY, QUARTER + DAY, DAY, QUARTER + DAY):
        deliver(age=age)

    prune()

    assert WebhookDelivery.objects.count() == 2


def test_statements_grow_with_the_batches_and_not_with_the_rows(
    db, django_assert_max_num_queries
):
    for _ in range(batches.SIZE + 1):
        deliver(age=QUARTER + DAY)

    with django_assert_max_num_queries(19):
        retention.prune()
    assert not WebhookDelivery.objects.exists()


def test_memory_stays_the_same_however_much_there_is(db):
    def peak(rows):
        many = [
            WebhookDelivery(
                digest=f"{number:064}",
                client_key=DRAMA,
                event="authorization.removed",
                create_time=timezone.now() - QUARTER - DAY,
                received_at=timezone.now() - QUARTER - DAY,
            )
            for number in range(rows)
        ]
        WebhookDelivery.objects.bulk_create(many, batch_size=500)
        del many
        tracemalloc.start()
        retention.prune()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # whatever is imported and cached by the first run

    assert peak(times(2_500)) < 1.5 * peak(times(500))


# Dead grants.


def test_grants_that_died_long_ago_are_deleted(mia, prune):
    Grant.objects.update(dead_at=timezone.now() - QUARTER - DAY)

    assert "Dead grants: 1\n" in prune()
    assert not Grant.objects.exists()
    assert Identity.objects.exists()


@pytest.mark.parametrize("age", [None, QUARTER - DAY])
def test_grant_that_lives_or_died_lately_stays(mia, prune, age):
    Grant.objects.update(
        dead_at=age and timezone.now() - age, issued_at=timezone.now() - 2 * QUARTER
    )

    prune()

    assert Grant.objects.exists()


def test_grant_that_comes_to_life_in_that_moment_stays(mia, authorize):
    """A user logs in after the read; here, while an earlier row is deleted."""
    Grant.objects.update(dead_at=timezone.now() - QUARTER - DAY)
    due = retention._old_grants()
    found = list(due)
    authorize("mia")

    assert retention._delete_batch(due, found) == []
    assert Grant.objects.get().dead_at is None


# Removed identities.


def test_removed_identities_stay_by_default(mia, prune):
    remove(age=1_000 * DAY)

    assert "Removed identities: 0" in prune()
    assert Identity.objects.exists()


def test_people_who_were_removed_long_ago_are_erased(mia, prune, forgetful, dump):
    deliver(mia.open_id)
    now = timezone.now() + timedelta(seconds=1)
    assert deauthorize.remove(mia, reason=RemovalReason.USER_DISCONNECTED, at=now)
    remove(age=31 * DAY)

    assert "Removed identities: 1" in prune()
    names, content = (mia.open_id, mia.union_id, "Mia"), dump()
    assert [name for name in names if name in content] == []


def test_user_of_a_pruned_identity_stays(mia, prune, forgetful):
    remove(age=31 * DAY)

    prune()

    assert User.objects.get().pk == mia.account.user_id
    assert not SocialAccount.objects.exists()


def test_only_minis_sessions_of_a_pruned_identity_end(mia, prune, forgetful, client):
    by_password = Client()
    by_password.force_login(mia.account.user)
    remove(age=31 * DAY)

    prune()

    assert not is_logged_in(client)
    assert is_logged_in(by_password)


def test_rows_of_all_batches_are_counted(db, monkeypatch, authorize):
    monkeypatch.setattr(batches, "SIZE", 1)
    for handle in ("mia", "noah"):
        authorize(handle, by=Client())
    Grant.objects.update(dead_at=timezone.now() - QUARTER - DAY)
    for ago in (3, 4):
        day = timezone.now().date() - ago * 366 * DAY
        DailyCount.objects.create(day=day, what="login", count=1)

    pruned = retention.prune()

    assert (pruned.grants, pruned.counts) == (2, 2)


def test_pruning_revokes_no_tokens(mia, prune, forgetful, tiktok, settings):
    settings.TTMINIS_REVOKE_ON = ["disconnect", "delete"]
    remove(age=31 * DAY)
    tiktok.clear_requests()

    prune()

    assert tiktok.requests == []


def test_people_who_were_removed_lately_stay(mia, prune, forgetful):
    remove(age=29 * DAY)

    assert prune() == NOTHING


@pytest.mark.parametrize("state", ["active", "needs_login"])
def test_identities_that_are_not_removed_stay(mia, prune, forgetful, state):
    at = timezone.now() - 31 * DAY
    Identity.objects.update(state=state, removed_at=at, created_at=at)

    prune()

    assert Identity.objects.exists()


@pytest.fixture
def while_the_first_goes(authorize, forgetful):
    """Have something happen while the first of two removed people is erased."""
    for handle in ("mia", "noah"):
        authorize(handle, by=Client())
    remove(age=31 * DAY)
    acts = []

    def act(**kwargs):
        if acts:
            acts.pop()()

    pre_delete.connect(act, sender=Identity)
    yield acts.append
    pre_delete.disconnect(act, sender=Identity)


def test_identity_that_logs_in_meanwhile_stays(while_the_first_goes, authorize, prune):
    while_the_first_goes(lambda: authorize("noah"))

    assert "Removed identities: 1" in prune()
    assert identity().account.extra_data["display_name"] == "Noah Ünal"
    assert identity().state == Identity.State.ACTIVE


def test_identity_that_is_deleted_meanwhile_is_no_error(while_the_first_goes, prune):
    def disconnect():
        SocialAccount.objects.order_by("pk").last().delete()

    while_the_first_goes(disconnect)

    assert "Removed identities: 1" in prune()
    assert not Identity.objects.exists()


# The same with real threads.


def in_a_thread(act, barrier):
    try:
        barrier.wait()
        return act()
    finally:
        connection.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_logins_and_a_pruning_at_once_lose_no_identity(
    tiktok, authorize, forgetful, code_url
):
    handles = [f"p{number}" for number in range(24)]
    for handle in handles:
        tiktok.add_person(handle, handle)
        authorize(handle, by=Client())
    remove(age=31 * DAY)
    barrier = Barrier(4)

    def come_back(share):
        return [log_in(handle) for handle in share]

    def log_in(handle):
        status = authorize(handle, by=Client()).status_code
        # Erased while TikTok was asked: the page has to ask once more.
        return authorize(handle, by=Client()).status_code if status == 409 else status

    with ThreadPoolExecutor(4) as pool:
        pruning = pool.submit(in_a_thread, retention.prune, barrier)
        logins = [
            pool.submit(in_a_thread, lambda share=share: come_back(share), barrier)
            for share in (handles[::-3], handles[-2::-3], handles[-3::-3])
        ]
        statuses = [status for login in logins for status in login.result()]

    assert statuses == [200] * 24
    kept = Identity.objects.filter(state=Identity.State.ACTIVE)
    assert kept.count() == Identity.objects.count() == 24
    assert Grant.objects.active().count() == 24
    # Who was faster than the pruning is who they were.
    assert User.objects.count() == 24 + pruning.result().identities


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_delivery_that_is_locked_stays(run):
    deliver(age=QUARTER + DAY)
    busy = deliver(age=QUARTER + DAY, result="failed")

    with ThreadPoolExecutor(1) as pool, atomic():
        WebhookDelivery.objects.select_for_update().get(pk=busy.pk)
        pruned = pool.submit(in_a_thread, retention.prune, Barrier(1)).result(30)

    assert pruned.deliveries.total() == 1
    assert WebhookDelivery.objects.get() == busy
