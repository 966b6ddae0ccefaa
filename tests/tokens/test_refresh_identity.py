"""An operator renews the tokens of one person now."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.databases import atomic, connection, roll_back
from tests.fixtures import DRAMA
from tests.grants import access, encrypted
from tests.tokens.processes import eventually
from ttminis_auth.core import concurrent_calls
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens.refresh_identity import refresh_identity
from ttminis_auth.tokens.refresh_report import RefreshReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(authorize, tiktok):
    """Mia, with one grant that is good for a day yet."""
    authorize("mia")
    tiktok.clear_requests()
    return Identity.objects.get()


@pytest.fixture
def second_grant(mia):
    """A grant whose tokens TikTok never heard of."""
    return Grant.objects.create(
        identity=mia,
        scopes="user.info.other",
        **encrypted(mia, access_token="act.unknown", refresh_token="rft.unknown"),
        issued_at=timezone.now(),
    )


def token_of(identity):
    return access(identity.grants.active().order_by("pk").first())


def test_grant_that_is_not_due_is_renewed(mia, tiktok):
    before = token_of(mia)

    assert refresh_identity(mia) == RefreshReport(refreshed=1)

    assert token_of(mia) != before
    assert tiktok.bearer(token_of(mia))


def test_each_grant_is_renewed_or_ends_by_itself(mia, second_grant):
    assert refresh_identity(mia) == RefreshReport(refreshed=1, dead=1)

    second_grant.refresh_from_db()
    assert second_grant.dead_at
    assert Identity.objects.get().state == Identity.State.ACTIVE


def test_identity_without_usable_grants_needs_a_login(
    mia, tiktok, lost, django_capture_on_commit_callbacks
):
    tiktok.remove_app("mia", DRAMA)

    with django_capture_on_commit_callbacks(execute=True):
        assert refresh_identity(mia) == RefreshReport(dead=1)

    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN
    assert lost == [mia]


def test_dead_grants_are_left_alone(mia, tiktok):
    mia.grants.end()

    assert refresh_identity(mia) == RefreshReport()
    assert tiktok.requests == []


def test_person_without_tokens_is_no_error(mia):
    mia.grants.all().delete()

    assert refresh_identity(mia) == RefreshReport()


def test_outage_is_counted_and_changes_nothing(mia, tiktok):
    before = token_of(mia)
    tiktok.order_fault("html_502")

    assert refresh_identity(mia) == RefreshReport(failed=1)
    assert token_of(mia) == before


@pytest.mark.usefixtures("second_grant")
def test_one_failure_does_not_keep_the_others_waiting(mia, tiktok):
    tiktok.order_fault("html_502")

    assert refresh_identity(mia) == RefreshReport(failed=1, dead=1)


@pytest.mark.usefixtures("second_grant")
def test_app_that_is_not_configured_is_asked_for_once(mia, settings, caplog):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert refresh_identity(mia) == RefreshReport(refused_apps=(DRAMA,))
    assert caplog.text.count("is not configured") == 1


def test_grant_that_another_one_has_become_is_left_alone(mia):
    # TikTok has granted more since: the answer makes the first what the second is.
    scopes = mia.grants.get().scopes
    mia.grants.update(scopes="user.info.open_id")
    Grant.objects.create(
        identity=mia,
        scopes=scopes,
        **encrypted(mia, refresh_token="rft.unknown"),
        issued_at=timezone.now(),
    )

    assert refresh_identity(mia) == RefreshReport(refreshed=1)
    assert mia.grants.get().scopes == scopes


def test_grant_that_was_refreshed_meanwhile_is_not_refreshed_again(mia, tiktok):
    before = token_of(mia)
    mia.grants.update(issued_at=timezone.now() + timedelta(seconds=9))

    assert refresh_identity(mia) == RefreshReport(refreshed=1)
    assert (token_of(mia), tiktok.requests) == (before, [])


# --- At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_new_pair_outlives_a_rollback_of_the_caller(mia, tiktok):
    with atomic():
        assert refresh_identity(mia) == RefreshReport(refreshed=1)
        roll_back()

    assert tiktok.bearer(token_of(mia))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_renew_each_grant_once(mia, tiktok):
    tiktok.order_fault("slow", endpoint="token", seconds=30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(_apart, mia)
        eventually(lambda: tiktok.requests)
        second = pool.submit(_apart, mia)
        eventually(lambda: _are_at_it(2))
        tiktok.release()

    assert first.result() == second.result() == RefreshReport(refreshed=1)
    assert len(tiktok.requests) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("goes", [True, False])
def test_grant_that_ends_meanwhile_is_not_renewed(mia, tiktok, goes):
    """Another transaction holds the row, and revokes the grant."""
    with ThreadPoolExecutor(1) as pool:
        with atomic():
            held = Grant.objects.select_for_update().get()
            renewing = pool.submit(_apart, mia)
            eventually(lambda: _are_at_it(1))
            held.delete() if goes else held.mark_revoked()
        report = renewing.result()

    assert report == RefreshReport(dead=int(not goes))
    assert tiktok.requests == []


def _are_at_it(count):
    """Say whether so many renew or wait for their turn, which no database can tell."""
    return concurrent_calls._places._taken == count


def _apart(identity):
    try:
        return refresh_identity(identity)
    finally:
        connection.close()
