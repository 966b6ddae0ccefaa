"""Which grants a run renews, and what it does when one of them will not."""

from __future__ import annotations

from datetime import timedelta
from threading import Event

import pytest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.databases import TO_LOCK_BY_KEYS, connection
from tests.fixtures import DRAMA, GAME
from tests.grants import access, refresh
from ttminis_auth.core import counts
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens.refresh_all import End, RefreshReport, due, refresh_due

pytestmark = pytest.mark.django_db

CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
# What runs in threads cannot see the transaction of a test.
ONE = {"workers": 1}


@pytest.fixture
def game(settings, tiktok):
    """The second app, which TikTok does not accept."""
    drama = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]
    game = {"client_id": GAME, "secret": "wrong", "name": "Game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    return GAME


def test_grants_that_expire_soon_are_renewed(crowd, tiktok):
    crowd(3)

    assert refresh_due(**ONE) == RefreshReport(refreshed=3)
    assert all(tiktok.bearer(access(grant)) for grant in Grant.objects.all())
    assert not any(
        grant.access_expires_at < timezone.now() for grant in Grant.objects.all()
    )


def test_expired_grant_is_renewed(crowd):
    crowd(access_expires_at=timezone.now() - timedelta(days=7))

    assert refresh_due(**ONE).refreshed == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"access_expires_at": timedelta(hours=1)},
        {"access_expires_at": None},
        {"refresh_token": None},
        {"dead_at": timedelta(hours=-1)},
    ],
    ids=["fresh", "no lifetime", "not renewable", "dead"],
)
def test_grant_is_left_alone(crowd, tiktok, columns):
    # Now, and not when the tests were collected, which may be an hour ago.
    crowd(**{name: when and timezone.now() + when for name, when in columns.items()})

    assert refresh_due(**ONE) == RefreshReport()
    assert tiktok.requests == []


def test_due_grants_depend_on_the_time(crowd):
    crowd(access_expires_at=timezone.now() + timedelta(minutes=30))

    assert not due().exists()
    assert due(timedelta(minutes=31)).exists()


def test_grants_that_expire_first_are_refreshed_first(crowd):
    later, sooner = crowd(2)
    Grant.objects.filter(pk=sooner.pk).update(
        access_expires_at=timezone.now() - timedelta(1)
    )

    refresh_due(limit=1, **ONE)

    assert list(due()) == [later]


def test_grants_of_one_moment_are_all_renewed(crowd):
    crowd(4, access_expires_at=timezone.now())

    assert refresh_due(**ONE) == RefreshReport(refreshed=4)


def test_limit_ends_the_run(crowd, tiktok):
    crowd(3)

    report = refresh_due(limit=2, **ONE)

    assert report == RefreshReport(refreshed=2, end=End.LIMIT)
    assert len(tiktok.requests) == 2
    assert report.is_clean


def test_limit_that_is_not_reached_ends_nothing(crowd):
    crowd(2)

    assert refresh_due(limit=3, **ONE) == RefreshReport(refreshed=2)


def test_new_token_that_expires_soon_too_waits_for_the_next_run(crowd, tiktok):
    tiktok.access_lifetime = 60
    crowd(2)

    assert refresh_due(**ONE) == RefreshReport(refreshed=2)
    assert refresh_due(**ONE) == RefreshReport(refreshed=2)


def test_progress_is_shown_after_each_grant(crowd):
    crowd(2)
    reports: list[RefreshReport] = []

    refresh_due(progress=reports.append, **ONE)

    assert reports == [RefreshReport(refreshed=1), RefreshReport(refreshed=2)]


# Grants that end


def test_grant_that_tiktok_ended_needs_a_login(
    crowd, tiktok, signalled, django_capture_on_commit_callbacks
):
    (grant,) = crowd()
    tiktok.remove_app("person0", DRAMA)

    with django_capture_on_commit_callbacks(execute=True):
        report = refresh_due(**ONE)

    assert report == RefreshReport(dead=1)
    assert report.is_clean
    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN
    assert signalled == [grant.identity]


def test_person_with_another_grant_needs_no_login(crowd, tiktok):
    (grant,) = crowd()
    Grant.objects.create(
        identity=grant.identity, scopes="user.info.basic", issued_at=timezone.now()
    )
    tiktok.remove_app("person0", DRAMA)

    assert refresh_due(**ONE) == RefreshReport(dead=1)
    assert Identity.objects.get().state == Identity.State.ACTIVE


def test_refresh_token_past_its_end_is_not_sent(crowd, tiktok):
    crowd(refresh_expires_at=timezone.now() - timedelta(seconds=1))

    assert refresh_due(**ONE) == RefreshReport(dead=1)
    assert tiktok.requests == []


def test_unreadable_token_is_not_sent(crowd, tiktok, settings):
    crowd()
    settings.SECRET_KEY = "another one, and the old one is lost"

    assert refresh_due(**ONE) == RefreshReport(dead=1)
    assert tiktok.requests == []
    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN


# Failures


def test_failure_of_one_is_made_good_by_the_next_pass(crowd, tiktok, clock):
    crowd(3)
    tiktok.order_fault("html_502")

    assert refresh_due(**ONE) == RefreshReport(refreshed=3)
    assert clock.pauses == [1]


def test_grants_that_tiktok_refuses_are_tried_once_and_kept(crowd, tiktok, clock):
    crowd(10)
    tiktok.order_fault("error", error="access_denied", times=100)

    report = refresh_due(**ONE)

    assert report == RefreshReport(failed=10)
    assert not report.is_clean
    assert len(tiktok.requests) == 10
    assert clock.pauses == []
    assert due().count() == 10


def test_failed_grant_is_tried_again_while_others_succeed(crowd, tiktok):
    crowd(3)
    tiktok.order_fault("error", error="access_denied", times=2)

    assert refresh_due(**ONE) == RefreshReport(refreshed=3)
    assert len(tiktok.requests) == 5


def test_too_many_requests_are_answered_by_waiting(crowd, tiktok, clock):
    crowd(2)
    tiktok.order_fault("rate_limited", retry_after=20)

    assert refresh_due(**ONE) == RefreshReport(refreshed=2)
    assert clock.pauses == [20]


def test_outage_ends_the_run(crowd, tiktok, clock):
    crowd(20)
    tiktok.order_fault("server_error", times=100)

    report = refresh_due(**ONE)

    assert report == RefreshReport(failed=6, end=End.OUTAGE)
    assert not report.is_clean
    assert sum(clock.pauses) == 31
    assert due().count() == 20


def test_refused_app_does_not_stop_the_others(crowd, game, tiktok):
    crowd(3, app=game, access_expires_at=timezone.now() - timedelta(days=1))
    crowd(2)

    report = refresh_due(**ONE)

    assert report == RefreshReport(refreshed=2, refused_apps=(GAME,))
    assert not report.is_clean
    assert len(tiktok.requests) == 3


def test_app_that_is_configured_no_more_is_left_alone(crowd, tiktok):
    crowd(3)
    Identity.objects.update(client_key="mnretired0000009")

    assert refresh_due(**ONE) == RefreshReport(refused_apps=("mnretired0000009",))
    assert tiktok.requests == []
    assert due().count() == 3


# Stopping


def test_run_that_is_stopped_finishes_the_grant_in_hand(crowd):
    crowd(3)
    stop = Event()

    report = refresh_due(stop=stop, progress=lambda report: stop.set(), **ONE)

    assert report == RefreshReport(refreshed=1, end=End.INTERRUPTED)
    assert not report.is_clean
    assert due().count() == 2


def test_next_run_goes_on_where_one_was_stopped(crowd):
    crowd(3)
    refresh_due(limit=1, **ONE)

    assert refresh_due(**ONE) == RefreshReport(refreshed=2)


# Reports


def test_tally_says_all_that_happened():
    report = RefreshReport(
        refreshed=5, dead=1, failed=2, refused_apps=(GAME,), end=End.OUTAGE
    )

    assert str(report) == (
        f"5 refreshed, 1 dead, 2 failed, app {GAME} refused, TikTok is out of reach"
    )


def test_grants_that_ended_are_settled_and_those_that_failed_are_not():
    assert RefreshReport(refreshed=5, dead=1, failed=2).settled == 6


def test_tally_says_nothing_of_what_did_not_happen():
    assert str(RefreshReport()) == "0 refreshed"


def test_nothing_secret_is_logged(crowd, tiktok, caplog, clock):
    grants = crowd(3)
    tiktok.order_fault("error_in_200")
    tiktok.order_fault("truncated_json")

    refresh_due(**ONE)

    assert caplog.records
    for grant in [*grants, *Grant.objects.exclude(refresh_token=None)]:
        assert refresh(grant) not in caplog.text
        assert access(grant) not in caplog.text


def test_renewing_a_grant_costs_at_most_four_statements(crowd):
    def cost(limit):
        with CaptureQueriesContext(connection) as captured:
            refresh_due(limit=limit, **ONE)
        return sum(not query["sql"].startswith(CONTROL) for query in captured)

    crowd(4)
    counts.snapshot()  # of which there is one an hour, whatever is renewed

    assert cost(3) - cost(1) <= 2 * (4 + TO_LOCK_BY_KEYS)
