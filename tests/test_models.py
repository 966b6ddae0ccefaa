"""How grants replace each other, and how an identity comes back."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError
from django.utils import timezone

from tests.databases import atomic
from tests.grants import access
from ttminis_auth.models import DailyCount, Grant, Health, Identity
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tiktok.types import TokenGrant, UserInfo

pytestmark = pytest.mark.django_db

BASIC, OPEN_ID = "user.info.basic", "user.info.open_id"


@pytest.fixture
def account(local_user):
    return SocialAccount.objects.create(user=local_user, provider="ttminis", uid="o-1")


@pytest.fixture
def identity(account):
    return Identity.objects.create(account=account, client_key="mn1", open_id="o-1")


def grant(*scopes, token="act.1", **lifetimes):
    return TokenGrant(
        open_id="o-1",
        scopes=tuple(sorted(scopes)),
        access_token=Secret(token),
        refresh_token=Secret("rft.1"),
        expires_in=lifetimes.get("expires_in", 7200),
        refresh_expires_in=lifetimes.get("refresh_expires_in", 15552000),
    )


def scopes_of(identity):
    return sorted(identity.grants.values_list("scopes", flat=True))


def test_an_equal_grant_is_replaced(identity):
    identity.add_grant(grant(OPEN_ID, token="act.old"))

    identity.add_grant(grant(OPEN_ID, token="act.new"))

    assert access(identity.grants.get()) == "act.new"


def test_a_narrow_grant_leaves_a_broader_one_alone(identity):
    identity.add_grant(grant(BASIC, OPEN_ID, token="act.broad"))

    identity.add_grant(grant(OPEN_ID, token="act.narrow"))

    assert scopes_of(identity) == [f"{BASIC},{OPEN_ID}", OPEN_ID]


def test_a_broad_grant_replaces_all_that_it_covers(identity):
    identity.add_grant(grant(OPEN_ID))
    identity.add_grant(grant(BASIC))
    identity.add_grant(grant())

    identity.add_grant(grant(BASIC, OPEN_ID))

    assert scopes_of(identity) == [f"{BASIC},{OPEN_ID}"]


def test_a_grant_without_scopes_covers_only_its_like(identity):
    identity.add_grant(grant(OPEN_ID))

    identity.add_grant(grant())

    assert scopes_of(identity) == ["", OPEN_ID]


def test_lifetimes_count_from_now_in_utc(identity, monkeypatch):
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)

    identity.add_grant(grant(OPEN_ID, expires_in=60, refresh_expires_in=120))

    stored = identity.grants.get()
    assert stored.access_expires_at == now + timedelta(seconds=60)
    assert stored.refresh_expires_at == now + timedelta(seconds=120)


def test_an_unknown_lifetime_stays_unknown(identity):
    identity.add_grant(grant(OPEN_ID, expires_in=None, refresh_expires_in=None))

    stored = identity.grants.get()
    assert stored.access_expires_at is stored.refresh_expires_at is None


def test_a_new_grant_revives_a_dead_one(identity):
    identity.add_grant(grant(OPEN_ID))
    identity.grants.update(dead_at=timezone.now())

    identity.add_grant(grant(OPEN_ID))

    assert identity.grants.get().dead_at is None


def test_a_removed_identity_becomes_active_again(identity):
    identity.state, identity.removed_reason = Identity.State.REMOVED, 1
    identity.removed_at = timezone.now()
    identity.save()

    assert identity.note_login(timezone.now())

    identity.refresh_from_db()
    assert identity.state == Identity.State.ACTIVE
    assert identity.removed_reason is identity.removed_at is None


def test_an_outdated_copy_of_the_identity_comes_back_too(identity):
    outdated = Identity.objects.get()
    identity.mark_removed(1, timezone.now())

    assert outdated.note_login(timezone.now())

    identity.refresh_from_db()
    assert identity.state == Identity.State.ACTIVE


def test_an_open_id_of_an_app_has_one_identity(identity, local_user):
    other = SocialAccount.objects.create(user=local_user, provider="x", uid="o-1")

    with pytest.raises(IntegrityError), atomic():
        Identity.objects.create(account=other, client_key="mn1", open_id="o-1")


def test_the_same_open_id_in_another_app_is_another_identity(identity, local_user):
    other = SocialAccount.objects.create(user=local_user, provider="x", uid="o-1")

    Identity.objects.create(account=other, client_key="mn2", open_id="o-1")

    assert Identity.objects.filter(open_id="o-1").count() == 2


def test_identity_and_grants_go_with_the_user(identity, local_user):
    identity.add_grant(grant(OPEN_ID))

    local_user.delete()

    assert not Identity.objects.exists()
    assert not Grant.objects.exists()


def test_str_of_the_models_has_no_secret(identity):
    assert str(identity) == "o-1 (mn1)"
    identity.add_grant(grant(OPEN_ID))

    assert str(identity.grants.get()) == OPEN_ID
    assert str(Grant()) == "-"


def test_a_count_says_what_was_counted_and_when():
    facts = {"day": datetime(2026, 11, 22, tzinfo=UTC).date(), "count": 3}

    text = str(DailyCount(what="refusal", code="code_rejected", **facts))

    assert text == "2026-11-22: 3 failures code_rejected"


def test_a_profile_without_a_name_takes_none_away(identity):
    data = {"open_id": "o-1", "union_id": None, "avatar_url": None}

    identity.note_profile(UserInfo(**data, display_name="Mia Ünal"))
    identity.note_profile(UserInfo(**data, display_name=None))

    assert identity.searchable_name == "mia ünal"


LATER = timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({}, Health.OK),
        ({"access_expires_at": -LATER}, Health.EXPIRES_SOON),
        ({"access_expires_at": -LATER, "refresh_expires_at": -LATER}, Health.DEAD),
        ({"access_expires_at": -LATER, "refresh_token": None}, Health.DEAD),
        ({"dead_at": -LATER}, Health.DEAD),
        ({"access_token": None}, Health.EXPIRES_SOON),
        ({"access_token": None, "refresh_token": None}, Health.DEAD),
    ],
)
def test_health_says_what_can_still_be_done(identity, changes, health):
    identity.add_grant(grant(OPEN_ID))
    at = {k: v and timezone.now() + v for k, v in changes.items()}

    Grant.objects.update(**at)

    assert Grant.objects.get().health == health
    assert identity.health == health


def test_the_best_grant_speaks_for_the_identity(identity):
    identity.add_grant(grant(OPEN_ID))
    Grant.objects.create(
        identity=identity,
        scopes=BASIC,
        issued_at=timezone.now(),
        dead_at=timezone.now(),
    )

    assert identity.health == Health.OK


def test_identity_without_grants_has_no_health(identity):
    assert identity.health == Health.NONE
