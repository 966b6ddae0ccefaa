"""A receiver that raises ends no run of a command, and no run holds all keys."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.databases import connection
from tests.web.conftest import person as person  # a fixture
from ttminis_auth.core import batches
from ttminis_auth.core.batches import flat
from ttminis_auth.linking import detect
from ttminis_auth.models import Identity, WebhookDelivery
from ttminis_auth.signals import profile_fetched

pytestmark = pytest.mark.django_db

WORDS = "act.secret"


@pytest.fixture
def two_people(authorize):
    """Mia and Noah, without union_ids."""
    authorize("mia")
    authorize("noah", process="switch")
    authorize("noah")
    Identity.objects.update(union_id=None)
    return list(Identity.objects.order_by("pk"))


@pytest.fixture
def broken(two_people):
    """A receiver of the project's that fails for the first of the two."""

    def fail(identity, **kwargs):
        if identity == two_people[0]:
            raise LookupError(WORDS)

    profile_fetched.connect(fail)
    yield two_people[0]
    profile_fetched.disconnect(fail)


def fill():
    out = StringIO()
    try:
        call_command("ttminis_fill_union_ids", stdout=out)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def test_receiver_that_raises_stops_no_other_identity(broken):
    assert "1 failed: run it again later." in fill()
    assert not Identity.objects.filter(union_id=None).exists()


def test_failure_is_shown_with_its_class_and_without_its_words(broken, caplog):
    shown = fill()

    assert f"Account {broken.account_id}: LookupError" in shown
    assert f"Account {broken.account_id}: LookupError" in caplog.text
    assert WORDS not in shown + caplog.text


def test_users_are_linked_although_a_receiver_raises(broken, person, settings):
    """The union_id is stored by then, so no later run would look again."""
    settings.TTMINIS_UNION_LINKING = "off"
    person.log_in()
    settings.TTMINIS_UNION_LINKING = "report"

    fill()

    assert detect.LinkingConflict.objects.count() == 1


# Memory.


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 2)


@pytest.fixture
def five(db):
    made = [
        WebhookDelivery(
            digest=f"{n:064}", client_key="mn1", event="x", create_time=timezone.now()
        )
        for n in range(5)
    ]
    return WebhookDelivery.objects.bulk_create(made)


def test_rows_are_read_some_at_a_time(five, in_twos):
    with CaptureQueriesContext(connection) as captured:
        found = list(flat(WebhookDelivery.objects.all()))

    assert found == five
    assert len(captured) == 4  # and none at the end


def test_row_that_is_gone_by_its_batch_is_left_out(five, in_twos):
    rows = flat(WebhookDelivery.objects.all())
    assert next(rows) == five[0]
    WebhookDelivery.objects.filter(pk=five[2].pk).delete()

    assert list(rows) == [five[1], five[3], five[4]]


def test_webhooks_that_fail_again_are_tried_once_a_run(five, in_twos, capsys):
    WebhookDelivery.objects.update(result="failed")

    with pytest.raises(CommandError, match="5 waiting"):
        call_command("ttminis_webhooks")

    assert capsys.readouterr().out.count("Delivery ") == 5


def test_limit_counts_over_all_batches(five, in_twos, capsys):
    WebhookDelivery.objects.update(result="failed")

    with pytest.raises(CommandError, match="3 waiting"):
        call_command("ttminis_webhooks", "--limit", "3")


def test_people_to_ask_for_are_listed_in_a_statement_a_batch(two_people):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            call_command("ttminis_fill_union_ids", "--dry-run", stdout=StringIO())
        return len(captured)

    of_two = statements()
    two_people[0].delete()

    assert statements() == of_two


def test_filled_people_are_found_in_batches(two_people, monkeypatch):
    monkeypatch.setattr(batches, "SIZE", 1)

    assert "Done: 2 filled." in fill()
    assert not Identity.objects.filter(union_id=None).exists()
