"""A stored token is good in its own row and column, and in clear nowhere."""

import pickle
from copy import copy

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.db.models.signals import post_save
from django.forms import model_to_dict
from django.utils import timezone

from tests.grants import access, refresh
from tests.stored import TOKEN, expire, identity
from ttminis_auth import crypto
from ttminis_auth.errors import Misconfigured, ReauthorizationRequired, TokenUnavailable
from ttminis_auth.linking import merge, relink
from ttminis_auth.models import Grant, Identity
from ttminis_auth.tokens import access as tokens
from ttminis_auth.tokens.refresh_all import refresh_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(send_code):
    send_code("mia")
    return Identity.objects.get()


@pytest.fixture
def attacker(mia, send_code):
    """An attacker with an account of their own, who can write to the database."""
    send_code("noah", process="switch")
    return Identity.objects.exclude(pk=mia.pk).get()


# An attacker copies what they cannot read to where the server reads it for them.


def test_token_copied_into_another_row_is_not_used(mia, attacker):
    stolen = mia.grants.values("access_token", "refresh_token").get()
    attacker.grants.update(**stolen)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(attacker)
    assert access(mia.grants.get())


def test_grant_moved_to_another_identity_is_not_used(mia, attacker):
    attacker.grants.all().delete()
    mia.grants.update(identity=attacker)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(attacker)


def test_refresh_token_is_no_access_token(mia):
    stored = mia.grants.get()
    mia.grants.update(access_token=stored.refresh_token, refresh_token=None)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(mia)


def test_access_token_is_not_sent_as_a_refresh_token(mia, tiktok):
    mia.grants.update(refresh_token=mia.grants.get().access_token)
    expire()
    asked = len(tiktok.requests)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(mia)
    assert len(tiktok.requests) == asked


@pytest.mark.parametrize("change", [{"open_id": "other"}, {"client_key": "other"}])
def test_identity_that_is_renamed_loses_its_tokens(mia, change):
    Identity.objects.update(**change)

    with pytest.raises((TokenUnavailable, Misconfigured)):
        tokens.access_token(Identity.objects.get())


def test_reencrypting_does_not_bind_a_stolen_token(mia, attacker, run, rotate_key):
    attacker.grants.update(**mia.grants.values("access_token").get())
    rotate_key()

    with pytest.raises(Exception, match="1 cannot be read"):
        run("reencrypt")

    assert access(attacker.grants.get()) == ""


# What keeps the person keeps the tokens.


def test_tokens_are_readable_after_a_merge(mia, attacker):
    before = access(mia.grants.get())

    merge.merge_users(goes=mia.account.user, stays=attacker.account.user)

    again = Identity.objects.get(pk=mia.pk)
    assert again.account.user == attacker.account.user
    assert tokens.access_token(again) == before


def test_tokens_are_readable_after_a_relink(mia, local_user):
    mia.account.user.set_password("another way in")
    mia.account.user.save()

    relink.link(mia, local_user)

    assert tokens.access_token(local_user) == access(mia.grants.get())


def test_tokens_are_readable_after_the_app_was_given_a_provider_id(mia, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["ttminis"]["APPS"][0]
    named = {"ttminis": {"APPS": [app | {"provider_id": "drama"}]}}
    settings.SOCIALACCOUNT_PROVIDERS = named

    assert tokens.access_token(mia) == access(mia.grants.get())


# From before tokens were bound to their rows.


@pytest.fixture
def from_before(mia, settings):
    """Store the tokens as earlier versions did; returns them."""
    pair = access(mia.grants.get()), refresh(mia.grants.get())
    key = crypto._key(settings.SECRET_KEY, crypto._PURPOSE)
    old = [Fernet(key).encrypt(token.encode()).decode() for token in pair]
    mia.grants.update(access_token=old[0], refresh_token=old[1])
    return pair


def test_tokens_from_before_are_readable_through_the_command(from_before, mia, run):
    assert run("reencrypt") == "Grants: 1 re-encrypted.\n"

    assert (access(mia.grants.get()), refresh(mia.grants.get())) == from_before
    assert tokens.access_token(mia) == from_before[0]
    assert run("reencrypt") == "Grants: 1 current already.\n"


def test_tokens_from_before_can_be_renewed_after_the_command(from_before, mia, run):
    run("reencrypt")
    expire()

    assert tokens.access_token(mia).startswith("act.")


def test_tokens_from_before_are_kept_until_the_command_has_run(
    from_before, mia, caplog
):
    with pytest.raises(Misconfigured):
        tokens.access_token(mia)

    assert mia.grants.get().dead_at is None
    assert "run ttminis_reencrypt" in caplog.text
    assert identity().state == Identity.State.ACTIVE


def test_refreshing_what_is_due_keeps_tokens_from_before(from_before, mia, run):
    Grant.objects.update(access_expires_at=timezone.now())

    report = refresh_due(workers=1)

    assert report.refused_apps == (mia.client_key,)
    run("reencrypt")
    assert refresh_due(workers=1).refreshed == 1


def test_token_from_before_that_no_key_decrypts_ends_alone(from_before, mia, attacker):
    """It would stand in the way of all others of its app, and no command mends it."""
    lost = Fernet(Fernet.generate_key()).encrypt(b"rft.lost").decode()
    mia.grants.update(access_token=lost, refresh_token=lost)
    Grant.objects.update(access_expires_at=timezone.now())

    report = refresh_due(workers=1)

    assert (report.dead, report.refreshed, report.refused_apps) == (1, 1, ())


def test_token_from_before_in_another_row_is_not_used(from_before, mia, attacker):
    attacker.grants.update(**mia.grants.values("access_token", "refresh_token").get())

    with pytest.raises(Misconfigured):
        tokens.access_token(attacker)


# A copy of a model's fields has no token.


def test_values_hold_no_token(mia):
    rows = [*Grant.objects.values(), *Grant.objects.values_list()]

    assert len(rows) == 2
    assert not TOKEN.search(repr(rows))


@pytest.mark.parametrize(
    "read",
    [
        lambda grant: repr(vars(grant)),
        lambda grant: repr(model_to_dict(grant)),
        lambda grant: repr([f.value_from_object(grant) for f in grant._meta.fields]),
        lambda grant: repr([f.value_to_string(grant) for f in grant._meta.fields]),
        lambda grant: repr(vars(copy(grant))),
        lambda grant: pickle.dumps(grant).decode(errors="replace"),
        lambda grant: serializers.serialize("json", [grant]),
        lambda grant: serializers.serialize("python", [grant])[0],
    ],
    ids=["vars", "form", "fields", "strings", "copy", "pickle", "json", "python"],
)
def test_grant_that_was_decrypted_holds_no_token_in_its_attributes(mia, read):
    grant = Grant.objects.get()
    assert grant.decrypt_access_token().reveal().startswith("act.")

    assert not TOKEN.search(str(read(grant)))


def test_grant_from_a_dump_has_no_tokens(mia):
    dump = serializers.serialize("json", Grant.objects.all())

    (loaded,) = serializers.deserialize("json", dump)
    loaded.save()

    grant = Grant.objects.get()
    assert grant.access_token is grant.refresh_token is None


def test_audit_log_of_all_models_sees_no_token_during_a_login(authorize, send_code):
    """As django-auditlog and django-easy-audit do: each field, at each save."""
    seen = []

    def note(instance, **kwargs):
        seen.append(repr(vars(instance)) + repr(model_to_dict(instance)))

    post_save.connect(note)
    send_code("mia")
    authorize("mia")
    expire()
    tokens.access_token(Identity.objects.get())
    post_save.disconnect(note)

    assert any("access_token" in text for text in seen)
    assert not TOKEN.search("".join(seen))


def test_token_in_clear_cannot_be_saved(mia):
    grant = Grant.objects.get()
    grant.access_token = "act.in-clear"

    with pytest.raises(ValueError, match="encrypted text only"):
        grant.save()
