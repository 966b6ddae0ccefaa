"""Webhook deliveries in the admin: their list, and running them again."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    do_many,
    history,
    list_of,
    messages_of,
    page_of,
)
from tests.databases import connection
from tests.fixtures import DRAMA, GAME
from ttminis_auth.admin import IdentityAdmin
from ttminis_auth.models import Grant, WebhookDelivery
from ttminis_auth.signals import webhook_received

pytestmark = pytest.mark.django_db

Result = WebhookDelivery.Result
REMOVED, PAYMENT = "authorization.removed", "minis.trade_order.pay.success"


@pytest.fixture
def deliver():
    def make(result=Result.FAILED, event=PAYMENT, **facts):
        number = WebhookDelivery.objects.count()
        usual = {
            "digest": f"{number:064}",
            "client_key": DRAMA,
            "event": event,
            "user_openid": "open-mia",
            "create_time": timezone.now(),
            "content": {"order": f"order {number}"},
            "result": result,
        }
        return WebhookDelivery.objects.create(**usual | facts)

    return make


@pytest.fixture
def receiver():
    """A project's receiver, which fails if ``fails`` is true."""

    def receive(event, **kwargs):
        receive.seen.append(event.event)
        if receive.fails:
            raise ValueError("a token might be in here")

    receive.seen, receive.fails = [], False
    webhook_received.connect(receive)
    yield receive
    webhook_received.disconnect(receive)


def text_of(page):
    return page.content.decode()


def test_delivery_list_shows_event_result_and_error(admin_client, deliver):
    deliver(error="ValueError")

    text = text_of(admin_client.get(list_of("webhookdelivery")))

    assert PAYMENT in text
    assert "failed" in text
    assert "ValueError" in text


def test_deliveries_are_filtered_by_event_and_result(admin_client, deliver):
    deliver(error="Older")
    deliver(Result.HANDLED, REMOVED, error="Newer")

    by_event = text_of(admin_client.get(list_of("webhookdelivery"), {"event": REMOVED}))
    by_result = text_of(
        admin_client.get(list_of("webhookdelivery"), {"result__exact": "failed"})
    )

    assert ("Older" in by_event, "Newer" in by_event) == (False, True)
    assert ("Older" in by_result, "Newer" in by_result) == (True, False)


def test_the_event_filter_accepts_an_unknown_event(admin_client, deliver):
    deliver()

    page = admin_client.get(list_of("webhookdelivery"), {"event": "long.ago"})

    assert "0 webhook deliveries" in text_of(page)


def test_a_delivery_is_found_by_its_open_id(admin_client, deliver):
    deliver(error="Hers")
    deliver(error="His", user_openid="open-finn")

    text = text_of(admin_client.get(list_of("webhookdelivery"), {"q": "open-finn"}))

    assert ("Hers" in text, "His" in text) == (False, True)


def test_delivery_page_shows_its_content_and_is_read_only(admin_client, deliver):
    text = text_of(admin_client.get(page_of(deliver())))

    assert "order 0" in text
    assert "_save" not in text
    assert "deletelink" not in text


def test_delivery_page_links_to_its_identity(admin_client, deliver, person):
    mia = person("mia")

    assert page_of(mia) in text_of(admin_client.get(page_of(deliver())))
    assert "open-finn" in text_of(
        admin_client.get(page_of(deliver(user_openid="open-finn")))
    )
    assert admin_client.get(page_of(deliver(user_openid=""))).status_code == 200


def test_delivery_page_has_no_link_without_permission_to_view_identities(
    staff, deliver, person
):
    mia = person("mia")
    page = page_of(deliver())

    text = text_of(staff("view_webhookdelivery").get(page))

    assert "user_mia" in text
    assert page_of(mia) not in text


def test_delivery_page_does_not_name_a_hidden_identity(
    admin_client, deliver, person, monkeypatch
):
    person("mia")
    stock = IdentityAdmin.get_queryset
    monkeypatch.setattr(
        IdentityAdmin,
        "get_queryset",
        lambda self, request: stock(self, request).exclude(client_key=DRAMA),
    )

    assert "user_mia" not in text_of(admin_client.get(page_of(deliver())))


@pytest.mark.parametrize("url", ["add/", "1/delete/"])
def test_a_delivery_can_be_neither_added_nor_deleted(admin_client, deliver, url):
    deliver(pk=1)

    assert admin_client.get(list_of("webhookdelivery") + url).status_code == 403


@pytest.mark.parametrize("result", ["received", "failed", "ignored"])
def test_an_unhandled_delivery_can_be_run_again(
    admin_client, deliver, receiver, result
):
    delivery = deliver(result)

    page = confirm(admin_client, delivery, "rerun")

    delivery.refresh_from_db()
    assert receiver.seen == [PAYMENT]
    assert delivery.result == "handled"
    assert messages_of(page) == history(delivery) == ["It was run again: handled."]


@pytest.mark.parametrize("result", ["handled", "outdated"])
def test_a_handled_delivery_cannot_be_run_again(
    admin_client, deliver, receiver, result
):
    delivery = deliver(result)

    page = admin_client.get(button_of(delivery, "rerun"))
    admin_client.post(button_of(delivery, "rerun"), {"asked": 1, "confirmed": 1})

    assert not can_confirm(page)
    assert "/do/" not in text_of(admin_client.get(page_of(delivery)))
    assert receiver.seen == []


def test_a_delivery_that_fails_again_shows_only_the_class_of_the_error(
    admin_client, deliver, receiver
):
    receiver.fails = True
    delivery = deliver()

    page = confirm(admin_client, delivery, "rerun")

    assert messages_of(page) == ["It failed again: ValueError."]


def test_history_names_the_operator_of_a_run_that_failed_after_revoking(
    admin_client, operator, person, deliver, receiver
):
    receiver.fails = True
    person("mia")
    delivery = deliver(event=REMOVED)

    confirm(admin_client, delivery, "rerun")

    assert not Grant.objects.active().exists()
    assert history(delivery) == ["It failed again: ValueError."]
    assert LogEntry.objects.get().user == operator


def test_each_delivery_that_fails_again_has_a_history_entry(
    admin_client, deliver, receiver
):
    receiver.fails = True
    failed = [deliver() for _ in range(2)]

    page = do_many(admin_client, "rerun", failed)

    assert [message.tags for message in page.context["messages"]] == ["error"] * 2
    assert all(len(history(each)) == 1 for each in failed)


def test_view_only_staff_cannot_run_a_delivery_again(staff, deliver):
    delivery = deliver()
    browser = staff("view_webhookdelivery")

    assert "/do/" not in text_of(browser.get(page_of(delivery)))
    assert browser.get(button_of(delivery, "rerun")).status_code == 403


def test_several_deliveries_can_be_run_again_at_once(admin_client, deliver, receiver):
    do_many(admin_client, "rerun", [deliver() for _ in range(3)])

    assert receiver.seen == [PAYMENT] * 3


def test_deliveries_are_filtered_by_app(admin_client, deliver):
    deliver(error="Drama")
    deliver(error="Game", client_key=GAME)

    text = text_of(admin_client.get(list_of("webhookdelivery"), {"app": DRAMA}))

    assert ("Drama</td>" in text, "Game</td>" in text) == (True, False)


def test_delivery_list_reads_no_table_for_its_choices(admin_client, deliver):
    deliver()

    with CaptureQueriesContext(connection) as captured:
        admin_client.get(list_of("webhookdelivery"), {"q": "open-mia"})

    assert "DISTINCT" not in str(captured.captured_queries)
    assert "LIKE" not in str(captured.captured_queries)


def test_delivery_list_costs_the_same_at_any_length(
    admin_client, deliver, django_assert_max_num_queries
):
    for _ in range(30):
        deliver()
    admin_client.get(list_of("webhookdelivery"))

    with django_assert_max_num_queries(12):
        admin_client.get(list_of("webhookdelivery"))
