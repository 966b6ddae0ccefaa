"""The same confirmation sent twice at once, as a double click does, on PostgreSQL."""

from threading import Barrier, Thread

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.admin.conftest import logged_in
from tests.admin.pages import button_of, fill_in, form_of
from tests.databases import connection
from ttminis_auth.models import Identity

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def twice(user, address, data):
    """Send data from two browsers at once; return the two status codes."""
    browsers, start, answers = [logged_in(user) for _ in range(2)], Barrier(2), []

    def send(browser: Client) -> None:
        browser.raise_request_exception = False
        start.wait()
        try:
            answers.append(browser.post(address, {**data, "confirmed": 1}))
        finally:
            connection.close()

    threads = [Thread(target=send, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answer.status_code for answer in answers)


@pytest.fixture
def mia(person, local_user):
    return person("mia", user=local_user)


@pytest.mark.parametrize(
    "action", ["erase", "unlink", "revoke", "end_sessions", "refresh"]
)
@pytest.mark.parametrize("round_", range(3))
def test_an_action_confirmed_twice_at_once_is_no_error(
    admin_client, operator, mia, action, round_
):
    address = button_of(mia, action)

    assert twice(operator, address, form_of(admin_client.get(address))) == [302, 302]


@pytest.mark.parametrize("stays", ["theirs", "other"])
@pytest.mark.parametrize("action", ["link", "merge"])
@pytest.mark.parametrize("round_", range(3))
def test_a_link_or_merge_confirmed_twice_at_once_is_done_once(
    admin_client, operator, mia, person, action, stays, round_
):
    finn = person("finn").account.user
    choice = {"user": finn.pk, "stays": stays}
    asked = form_of(fill_in(admin_client, mia, action, **choice))

    answers = twice(operator, button_of(mia, action), asked | choice)

    # If the other user is gone already, the second request gets the form again.
    assert answers in ([302, 302], [200, 302])
    left = get_user_model().objects.filter(username__in=["olga", "user_finn"])
    assert left.count() == (2 if action == "link" else 1)
    owner = Identity.objects.with_user().get(pk=mia.pk).account.user
    assert owner.username == (
        "olga" if (action, stays) == ("merge", "theirs") else "user_finn"
    )


def test_an_erasure_confirmed_twice_at_once_deletes_the_user_once(
    admin_client, operator, person
):
    mia = person("mia")
    address = button_of(mia, "erase")
    data = form_of(admin_client.get(address)) | {"delete_user": "on"}

    assert twice(operator, address, data) == [302, 302]
    assert not get_user_model().objects.filter(username="user_mia").exists()
