"""What strangers call themselves and send, shown as the text that it is."""

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth import get_user_model
from django.db import DataError, IntegrityError
from django.urls import reverse
from django.utils import timezone

from tests.admin.pages import button_of, confirm, fill_in, list_of, page_of
from tests.databases import atomic
from tests.fixtures import GAME
from ttminis_auth.core import counts
from ttminis_auth.linking.merge import MergeVetoed
from ttminis_auth.models import DailyCount, LinkingConflict, WebhookDelivery
from ttminis_auth.signals import merging_users

pytestmark = pytest.mark.django_db

HOSTILE = """</script><script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""
RAW = ["<script>alert", "<img src=x", "alert(1)\"'>"]
RIGHT_TO_LEFT = "\u202e"


@pytest.fixture
def villain(person):
    """An identity with hostile markup in each of its texts."""
    user = get_user_model().objects.create(username=HOSTILE)
    identity = person("evil", user=user, open_id=HOSTILE, app=HOSTILE, union_id=HOSTILE)
    data = {
        "open_id": HOSTILE,
        "display_name": HOSTILE,
        "avatar_url": f"https://cdn.test/{HOSTILE}",
    }
    SocialAccount.objects.update(extra_data=data)
    name = HOSTILE[:40]  # what fits
    SocialApp.objects.create(provider="ttminis", client_id=HOSTILE, name=name)
    return identity


@pytest.fixture
def conflict(villain, person):
    other = person("other", app=GAME)
    return LinkingConflict.objects.create(
        older=villain, younger=other, union_id=HOSTILE, detail=HOSTILE
    )


@pytest.fixture
def delivery(villain):
    return WebhookDelivery.objects.create(
        digest="0" * 64,
        client_key=HOSTILE,
        event=HOSTILE,
        user_openid=HOSTILE,
        content={HOSTILE: HOSTILE},
        create_time=timezone.now(),
        error=HOSTILE,
    )


def assert_harmless(page):
    text = page.content.decode()
    assert page.status_code == 200
    assert [raw for raw in RAW if raw in text] == []
    assert "&lt;/script&gt;" in text


def test_the_list_shows_hostile_people_as_text(desk, villain):
    assert_harmless(desk.get(list_of("identity")))


@pytest.mark.parametrize("page", ["change", "history"])
def test_the_page_of_an_identity_shows_hostile_names_as_text(desk, villain, page):
    confirm(desk, villain, "end_sessions")

    address = reverse(f"admin:ttminis_auth_identity_{page}", args=[villain.pk])

    assert_harmless(desk.get(address))


@pytest.mark.parametrize("action", ["erase", "unlink", "link", "merge", "revoke"])
def test_a_confirmation_shows_hostile_names_as_text(desk, villain, action):
    assert_harmless(desk.get(button_of(villain, action)))


@pytest.mark.parametrize("action", ["link", "merge"])
def test_messages_about_another_user_show_hostile_names_as_text(
    desk, villain, person, local_user, action
):
    mia = person("mia", user=local_user)
    data = {"user": villain.account.user_id, "stays": "other"}

    assert_harmless(fill_in(desk, mia, action, **data))
    assert_harmless(confirm(desk, mia, action, **data))


def test_a_veto_is_shown_as_text(desk, villain, local_user):
    def veto(**kwargs):
        raise MergeVetoed(HOSTILE)

    merging_users.connect(veto)
    try:
        page = fill_in(desk, villain, "merge", user=local_user.pk, stays="other")
    finally:
        merging_users.disconnect(veto)

    assert_harmless(page)


def test_the_queue_and_a_conflict_show_hostile_names_as_text(desk, conflict):
    assert_harmless(desk.get(list_of("linkingconflict")))
    assert_harmless(desk.get(page_of(conflict)))
    assert_harmless(desk.get(button_of(conflict, "merge")))


def test_deliveries_show_hostile_content_as_text(desk, delivery):
    assert_harmless(desk.get(list_of("webhookdelivery")))
    assert_harmless(desk.get(page_of(delivery)))
    assert_harmless(desk.get(button_of(delivery, "rerun")))


def test_the_page_of_the_user_shows_hostile_names_as_text(desk, villain):
    address = reverse("admin:auth_user_change", args=[villain.account.user_id])

    assert_harmless(desk.get(address))


def test_the_overview_shows_hostile_names_as_text(desk, villain):
    facts = {"client_key": HOSTILE, "code": HOSTILE[:20], "count": 3}
    DailyCount.objects.create(day=counts.today(), what="refusal", **facts)

    assert_harmless(desk.get(list_of("dailycount")))


def test_a_name_does_not_turn_what_stands_beside_it(desk, person):
    mia = person("mia", display_name=f"{RIGHT_TO_LEFT}rotarepo\u2066\u200f")

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        text = desk.get(address).content.decode()
        assert "rotarepo" in text
        assert RIGHT_TO_LEFT not in text


@pytest.mark.parametrize("name", ["👩‍👩‍👧‍👦" * 40, "ß", " ", "\x07", "a\nb", "م" * 500])
def test_a_name_may_be_anything(desk, person, name):
    mia = person("mia", display_name=name)

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        assert desk.get(address).status_code == 200


def test_half_a_character_breaks_no_page(desk, person):
    mia = person("mia", display_name="x")
    half = {"display_name": "\ud83d Mia", "avatar_url": "https://cdn.test/\ud83d"}
    try:
        with atomic():
            SocialAccount.objects.update(extra_data=half)
    except (DataError, IntegrityError):  # of PostgreSQL, and of MariaDB
        pytest.skip("this database refuses it")

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        assert desk.get(address).status_code == 200
