"""What is stored of an old pair of tokens goes over that pair, and over no other."""

import pytest
from django.db.models.signals import post_delete

from tests.admin.conftest import person as person  # a fixture
from tests.grants import access, encrypted
from ttminis_auth.models import Grant
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tiktok.types import TokenGrant
from ttminis_auth.tokens import refresh_grant

pytestmark = pytest.mark.django_db(transaction=True)


def token_grant(identity, name, scopes=()):
    return TokenGrant(
        open_id=identity.open_id,
        scopes=tuple(scopes),
        access_token=Secret(f"act.{name}"),
        refresh_token=Secret(f"rft.{name}"),
        expires_in=86400,
        refresh_expires_in=86400,
    )


@pytest.fixture
def mia(person):
    return person("mia")


@pytest.fixture
def old(mia):
    """The grant as a worker has read it, before a login stored another pair."""
    grant = Grant.objects.get()
    mia.add_grant(token_grant(mia, "login", grant.scope_list))
    return grant


@pytest.fixture
def kept(mia, old):
    """Whether the pair of the login is what is stored, and alive."""
    return lambda: access(Grant.objects.active().get()) == "act.login"


def test_pair_of_a_login_is_not_marked_dead_for_an_older_one(old, kept):
    assert old.mark_unusable() is False
    assert kept()


def test_pair_of_a_login_is_not_forgotten_for_an_older_one(old, kept):
    assert old.mark_revoked() is False
    assert kept()


def test_pair_of_a_login_is_not_replaced_by_that_of_a_renewal(old, kept, mia):
    assert old.renew(token_grant(mia, "renewed")) is False
    assert kept()


def test_pair_that_a_worker_cannot_read_is_not_taken_for_another(mia, old, kept):
    Grant.objects.update(**encrypted(mia, refresh_token="rft.login"))
    vars(old).update(access_token="2:unreadable", refresh_token="2:unreadable")

    assert old.mark_unusable() is False
    assert kept()


def test_grant_that_is_gone_is_neither_renewed_nor_made_anew(mia, old):
    Grant.objects.all().delete()

    assert old.renew(token_grant(mia, "renewed")) is False
    assert not Grant.objects.exists()


@pytest.fixture
def broad(mia):
    """A broad grant beside a narrow one, read by a worker."""
    mia.grants.all().delete()
    mia.add_grant(token_grant(mia, "narrow", ["a"]))
    mia.add_grant(token_grant(mia, "broad", ["b", "c"]))
    return Grant.objects.select_related("identity").get(scopes="b,c")


def test_grant_whose_scopes_tiktok_changes_replaces_that_of_the_same_scopes(mia, broad):
    assert refresh_grant._store(broad, token_grant(mia, "renewed", ["a"])) is True
    assert access(Grant.objects.get()) == "act.renewed"


def test_grant_whose_scopes_tiktok_changes_deletes_no_other(mia, broad, person):
    noah = person("noah", grant=None)
    noah.add_grant(token_grant(noah, "noah", ["a"]))
    mia.add_grant(token_grant(mia, "other", ["d"]))

    assert refresh_grant._store(broad, token_grant(mia, "renewed", ["a"])) is True
    assert set(map(access, Grant.objects.active())) == {
        "act.renewed",
        "act.other",
        "act.noah",
    }


def test_grant_whose_scopes_tiktok_does_not_name_keeps_them(mia, broad):
    assert refresh_grant._store(broad, token_grant(mia, "renewed")) is True
    assert access(Grant.objects.get(scopes="b,c")) == "act.renewed"


def test_overtaken_grant_whose_scopes_tiktok_changes_deletes_no_other(mia, broad):
    mia.add_grant(token_grant(mia, "login", ["b", "c"]))

    assert refresh_grant._store(broad, token_grant(mia, "renewed", ["a"])) is False
    assert set(map(access, Grant.objects.active())) == {"act.login", "act.narrow"}


def test_login_that_stores_the_changed_scopes_meanwhile_is_kept(mia, broad, hear):
    def store_again(instance, **kwargs):
        grant = Grant(identity=mia)
        grant.take(token_grant(mia, "login", ["a"]))
        grant.save()

    with_twin = Grant.objects.filter(scopes="a")
    hear(post_delete, store_again)

    assert refresh_grant._store(broad, token_grant(mia, "renewed", ["a"])) is False
    assert access(with_twin.get()) == "act.narrow"
    assert Grant.objects.active().get() == with_twin.get()
