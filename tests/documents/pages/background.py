"""docs/how-to/background.rst"""

import pytest
from mysite import celery, jobs, tick

from ttminis_auth.models import Grant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mia(client, tiktok):
    user = tiktok.log_in(client, "mia")
    tiktok.expire_access(user)
    return user


@pytest.fixture
def expired(mia):
    return Grant.objects.get()


def test_the_django_task_refreshes_tokens(expired):
    result = tick.refresh()

    assert result.status == "SUCCESSFUL"
    assert Grant.objects.get().access_expires_at > expired.access_expires_at


def test_the_celery_task_refreshes_tokens(expired):
    celery.refresh_tiktok_tokens.apply().get()

    assert Grant.objects.get().access_expires_at > expired.access_expires_at


def test_celery_beat_schedules_existing_tasks():
    named = {each["task"] for each in celery.app.conf.beat_schedule.values()}

    assert named <= celery.app.tasks.keys()


def test_the_celery_task_prunes(tiktok):
    assert celery.prune_tiktok.apply().successful()


def test_a_job_gets_a_valid_token(mia):
    assert jobs.renew_subscription(mia.pk, lambda token: token).startswith("act.")


def test_a_job_without_a_token_does_nothing(mia, tiktok):
    tiktok.remove("mia")

    assert jobs.renew_subscription(mia.pk, lambda token: token) is None
