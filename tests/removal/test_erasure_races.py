"""A webhook comes in about a user who is being erased, and others hold it meanwhile."""

from threading import Event

import pytest

from tests.admin.conftest import person as person  # a fixture
from tests.databases import atomic, connection
from tests.stored import deliver
from tests.waiting import at_once, until_somebody_waits
from ttminis_auth.models import WebhookDelivery
from ttminis_auth.removal import erase, erasure
from ttminis_auth.webhooks import handlers

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_erasure_does_not_wait_for_another_that_waits_for_it(person):
    mia = person("mia")
    locked = Event()

    def first():
        with atomic():
            now = erasure.locked(mia)
            locked.set()
            until_somebody_waits()
            return erasure.erase_rows(now)["ttminis_auth.Identity"]

    def second():
        locked.wait()
        deliver(mia.open_id)
        return erase(mia, revoke=False).rows["ttminis_auth.Identity"]

    assert at_once(first, second) == [1, 0]
    assert not WebhookDelivery.objects.exists()


def test_webhook_that_is_handled_during_an_erasure_is_erased_after_it(person):
    mia = person("mia")
    locked, handling = Event(), Event()

    def erase_mia():
        with atomic():
            now = erasure.locked(mia)
            locked.set()
            handling.wait()
            erasure.erase_rows(now)

    def handle():
        locked.wait()
        delivery = deliver(mia.open_id)
        with atomic():
            WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
            handling.set()
            until_somebody_waits()

    at_once(erase_mia, handle)

    assert not WebhookDelivery.objects.exists()


# As here, and as on MariaDB.
@pytest.mark.parametrize("missing", [[], ["has_select_for_update_of"]])
def test_webhook_that_waits_for_an_erasure_is_not_handled(
    missing, person, caplog, monkeypatch
):
    for feature in missing:
        monkeypatch.setattr(type(connection.features), feature, False)
    mia = person("mia")
    delivery = deliver(mia.open_id)
    WebhookDelivery.objects.update(event="of a new kind")
    delivery.refresh_from_db()
    locked = Event()

    def erase_mia():
        with atomic():
            now = erasure.locked(mia)
            locked.set()
            until_somebody_waits()
            erasure.erase_rows(now)

    def handle():
        locked.wait()
        handlers.handle(delivery)

    at_once(erase_mia, handle)

    assert not WebhookDelivery.objects.exists()
    assert caplog.messages == []
