"""Hostile names and payloads are shown as text, never as markup."""

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
def attacker(person):
    """An identity with a hostile value in every column that can have one."""
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
def conflict(attacker, person):
    other = person("other", app=GAME)
    return LinkingConflict.objects.create(
        older=attacker, younger=other, union_id=HOSTILE, detail=HOSTILE
    )


@pytest.fixture
def delivery(attacker):
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


def test_identity_list_escapes_hostile_values(admin_client, attacker):
    assert_harmless(admin_client.get(list_of("identity")))


@pytest.mark.parametrize("page", ["change", "history"])
def test_identity_pages_escape_hostile_values(admin_client, attacker, page):
    confirm(admin_client, attacker, "end_sessions")

    address = reverse(f"admin:ttminis_auth_identity_{page}", args=[attacker.pk])

    assert_harmless(admin_client.get(address))


@pytest.mark.parametrize("action", ["erase", "unlink", "link", "merge", "revoke"])
def test_confirmations_escape_hostile_values(admin_client, attacker, action):
    assert_harmless(admin_client.get(button_of(attacker, action)))


@pytest.mark.parametrize("action", ["link", "merge"])
def test_link_and_merge_escape_hostile_values_of_the_other_user(
    admin_client, attacker, person, local_user, action
):
    mia = person("mia", user=local_user)
    data = {"user": attacker.account.user_id, "stays": "other"}

    assert_harmless(fill_in(admin_client, mia, action, **data))
    assert_harmless(confirm(admin_client, mia, action, **data))


def test_the_text_of_a_veto_is_escaped(admin_client, attacker, local_user):
    def veto(**kwargs):
        raise MergeVetoed(HOSTILE)

    merging_users.connect(veto)
    try:
        page = fill_in(
            admin_client, attacker, "merge", user=local_user.pk, stays="other"
        )
    finally:
        merging_users.disconnect(veto)

    assert_harmless(page)


def test_conflict_pages_escape_hostile_values(admin_client, conflict):
    assert_harmless(admin_client.get(list_of("linkingconflict")))
    assert_harmless(admin_client.get(page_of(conflict)))
    assert_harmless(admin_client.get(button_of(conflict, "merge")))


def test_delivery_pages_escape_hostile_values(admin_client, delivery):
    assert_harmless(admin_client.get(list_of("webhookdelivery")))
    assert_harmless(admin_client.get(page_of(delivery)))
    assert_harmless(admin_client.get(button_of(delivery, "rerun")))


def test_user_page_escapes_hostile_values(admin_client, attacker):
    address = reverse("admin:auth_user_change", args=[attacker.account.user_id])

    assert_harmless(admin_client.get(address))


def test_overview_escapes_hostile_values(admin_client, attacker):
    facts = {"client_key": HOSTILE, "code": HOSTILE[:20], "count": 3}
    DailyCount.objects.create(day=counts.today(), what="refusal", **facts)

    assert_harmless(admin_client.get(list_of("dailycount")))


def test_a_right_to_left_mark_in_a_name_is_removed(admin_client, person):
    mia = person("mia", display_name=f"{RIGHT_TO_LEFT}rotarepo\u2066\u200f")

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        text = admin_client.get(address).content.decode()
        assert "rotarepo" in text
        assert RIGHT_TO_LEFT not in text


@pytest.mark.parametrize("name", ["👩‍👩‍👧‍👦" * 40, "ß", " ", "\x07", "a\nb", "م" * 500])
def test_no_display_name_breaks_a_page(admin_client, person, name):
    mia = person("mia", display_name=name)

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        assert admin_client.get(address).status_code == 200


def test_a_lone_surrogate_breaks_no_page(admin_client, person):
    mia = person("mia", display_name="x")
    half = {"display_name": "\ud83d Mia", "avatar_url": "https://cdn.test/\ud83d"}
    try:
        with atomic():
            SocialAccount.objects.update(extra_data=half)
    except (DataError, IntegrityError):  # of PostgreSQL, and of MariaDB
        pytest.skip("this database refuses it")

    for address in (list_of("identity"), page_of(mia), button_of(mia, "erase")):
        assert admin_client.get(address).status_code == 200
