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


def test_task_of_django_refreshes(expired):
    result = tick.refresh()

    assert result.status == "SUCCESSFUL"
    assert Grant.objects.get().access_expires_at > expired.access_expires_at


def test_task_of_celery_refreshes(expired):
    celery.refresh_tiktok_tokens.apply().get()

    assert Grant.objects.get().access_expires_at > expired.access_expires_at


def test_celery_beat_names_tasks_that_exist():
    named = {each["task"] for each in celery.app.conf.beat_schedule.values()}

    assert named <= celery.app.tasks.keys()


def test_task_of_celery_prunes(tiktok):
    assert celery.prune_tiktok.apply().successful()


def test_job_gets_a_token_that_works(mia):
    assert jobs.renew_subscription(mia.pk, lambda token: token).startswith("act.")


def test_job_waits_for_a_login_where_no_token_is_left(mia, tiktok):
    tiktok.remove("mia")

    assert jobs.renew_subscription(mia.pk, lambda token: token) is None
