"""Tokens of users who never come back are not refreshed for ever."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from ttminis_auth.conf import conf
from ttminis_auth.models import Identity
from ttminis_auth.tokens import access
from ttminis_auth.tokens.refresh_all import due, refresh_due

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def stay_away(*, days):
    Identity.objects.update(vouched_at=timezone.now() - days * DAY)


@pytest.mark.parametrize(("days", "is_due"), [(89, True), (91, False)])
def test_person_is_absent_after_90_days(crowd, days, is_due):
    crowd()
    stay_away(days=days)

    assert due().exists() == is_due


def test_setting_says_how_long(crowd, settings):
    settings.TTMINIS_REFRESH_AFTER_LOGIN = 7 * DAY
    crowd()
    stay_away(days=8)

    assert not due().exists()


def test_setting_of_none_refreshes_for_ever(crowd, settings):
    settings.TTMINIS_REFRESH_AFTER_LOGIN = None
    crowd(access_expires_at=timezone.now() - 5000 * DAY)
    stay_away(days=5000)

    assert due().exists()


@pytest.mark.parametrize("wrong", [0, "90", 90])
def test_setting_is_a_timedelta(settings, wrong):
    settings.TTMINIS_REFRESH_AFTER_LOGIN = wrong

    with pytest.raises(ImproperlyConfigured, match="must be a timedelta"):
        _ = conf.TTMINIS_REFRESH_AFTER_LOGIN


def test_run_asks_tiktok_nothing_for_the_absent(crowd, tiktok):
    crowd(2)
    stay_away(days=91)

    assert refresh_due(workers=1).settled == 0
    assert tiktok.requests == []


def test_returning_user_has_a_token(crowd):
    (grant,) = crowd()
    stay_away(days=91)

    assert access.access_token(grant.identity)


def test_token_of_an_absent_user_is_left_to_its_next_use(crowd):
    """So that the index leads past people who left long ago."""
    crowd(access_expires_at=timezone.now() - 91 * DAY)

    assert not due().exists()
