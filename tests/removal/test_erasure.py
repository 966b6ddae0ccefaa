"""A user asks for the stored data, or to be erased."""

import json
import os
import pty
import resource
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from threading import Barrier

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete
from django.test import Client
from django.utils import timezone
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from tests.core.client_apps.conftest import SECRETS
from tests.databases import connection
from tests.fixtures import BASIC, DRAMA, GAME, error_code
from tests.sessions import is_logged_in
from tests.stored import TOKEN, deliver, identity
from tests.web.conftest import WEB
from tests.web.conftest import person as person  # a fixture
from ttminis_auth.management.commands.ttminis_erase import Command
from ttminis_auth.models import Grant, Identity, LinkingConflict, WebhookDelivery
from ttminis_auth.removal import admin_log, erasure
from ttminis_auth.tokens.revoke_later import revocations

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def mia(authorize):
    """Mia consented, and TikTok sent her profile."""
    authorize("mia")
    deliver(identity().open_id)
    return identity()


@pytest.fixture
def command(run):
    """Run it; an open_id that begins with a dash comes last, and after two of them."""
    return lambda open_id, *args: run("erase", *args, "--", open_id)


@pytest.fixture
def erase(command):
    return lambda *args: command(identity().open_id, "--erase", "--yes", *args)


@pytest.fixture
def export(command):
    return lambda: json.loads(command(identity().open_id, "--export", "-"))


@pytest.fixture
def two_apps(tiktok, authorize, settings):
    """Two apps gave different people the same number."""
    apps = [
        {"client_id": key, "secret": SECRETS[key], "provider_id": name}
        for key, name in ((DRAMA, ""), (GAME, "game"))
    ]
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": apps}}
    authorize("mia", app=DRAMA)
    authorize("noah", app=GAME, by=Client())
    for each in Identity.objects.all():
        deliver("the-same", client_key=each.client_key)
    Identity.objects.update(open_id="the-same")
    SocialAccount.objects.update(uid="the-same")


def revoked(tiktok):
    return [r.endpoint for r in tiktok.requests].count("revoke")


# The export of the stored data.


def test_export_has_the_ids(mia, export, tiktok):
    payload = export()

    assert payload["identity"]["open_id"] == mia.open_id
    assert payload["identity"]["client_key"] == DRAMA
    assert payload["identity"]["union_id"] == tiktok.union_id("mia", DRAMA)
    assert payload["account"]["extra_data"]["display_name"] == "Mia"


def test_export_has_the_fields_that_were_filled_in(mia, export):
    user = mia.account.user

    assert export()["user"] == {
        "username": user.username,
        "first_name": "Mia",
        "last_name": "",
    }


def test_export_has_scopes_and_expiries(mia, export):
    (grant,) = export()["grants"]

    assert grant["scopes"] == ",".join(BASIC)
    assert set(grant) == {
        "scopes",
        "issued_at",
        "access_expires_at",
        "refresh_expires_at",
        "dead_at",
    }


def test_export_has_the_profile_from_tiktok(mia, export):
    (payload,) = export()["webhook_deliveries"]

    assert payload["event"] == "authorization.removed"
    assert payload["content"] == {"open_id": mia.open_id}


def test_export_has_no_keys_of_our_tables(mia, authorize):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    LinkingConflict.objects.create(older=mia, younger=noah, reason="staff")

    exported = erasure.personal_data(mia)

    parts = [exported["identity"], exported["account"]]
    parts += [*exported["linking_conflicts"], *exported["webhook_deliveries"]]
    assert len(parts) == 4
    keys = {"id", "user", "older", "younger", "digest"}
    assert [keys & part.keys() for part in parts] == [set()] * 4
    (delivery,) = exported["webhook_deliveries"]
    assert {"client_key", "user_openid"}.isdisjoint(delivery)


def test_export_has_no_deliveries_of_another_app(mia, export):
    deliver(mia.open_id, client_key=GAME)

    assert len(export()["webhook_deliveries"]) == 1


def test_export_has_conflicts_without_the_other_user(mia, authorize, export, capsys):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    LinkingConflict.objects.create(
        older=noah, younger=mia, union_id="u", reason="staff"
    )

    payload = erasure.personal_data(mia)["linking_conflicts"]

    assert [conflict["reason"] for conflict in payload] == ["staff"]
    assert {"older", "younger"}.isdisjoint(payload[0])
    assert noah.open_id not in str(payload)


def test_export_holds_no_token(mia, command, settings):
    SocialToken.objects.create(account=mia.account, token="act.allauth")

    shown = command(mia.open_id, "--export", "-")

    assert json.loads(shown)["tokens_kept_by_allauth"] == [{"expires_at": None}]
    assert not TOKEN.search(shown)


def test_export_to_a_file_is_for_our_eyes_only(mia, command, tmp_path):
    path = tmp_path / "mia.json"

    assert command(mia.open_id, "--export", str(path)) == ""
    assert json.loads(path.read_text())["identity"]["open_id"] == mia.open_id
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["Mia 😀 Ünal", "Mia \ud83d"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_export_is_json_in_every_encoding(mia, name, encoding, monkeypatch):
    # A half of a pair, as JSON may hold it and SQLite keeps it.
    monkeypatch.setattr(erasure, "personal_data", lambda identity: {"name": name})
    raw = BytesIO()

    out = TextIOWrapper(raw, encoding=encoding)
    call_command("ttminis_erase", mia.open_id, "--export", "-", stdout=out)

    assert json.loads(raw.getvalue().decode(encoding)) == {"name": name}


def test_export_to_a_full_disk_leaves_no_file(mia, command, tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limit[1]))
    try:
        with pytest.raises(CommandError, match="File too large"):
            command(mia.open_id, "--export", str(tmp_path / "mia.json"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    assert not list(tmp_path.iterdir())


def test_export_replaces_no_file(mia, command, tmp_path):
    path = tmp_path / "thesis.json"
    path.write_text("three years of work")

    with pytest.raises(CommandError, match="exists"):
        command(mia.open_id, "--export", str(path))
    assert path.read_text() == "three years of work"


def test_export_changes_nothing(mia, export, dump):
    before = dump()
    export()

    assert dump() == before


# To be gone.


def test_database_knows_nothing_of_them_any_more(mia, erase, dump, tiktok):
    names = (mia.open_id, tiktok.union_id("mia", DRAMA), "Mia")
    before = dump()
    assert all(name in before for name in names)

    erase()

    after = dump()
    assert [name for name in names if name in after] == []


def test_erasure_returns_what_is_gone(mia, erase):
    assert erase() == (
        "socialaccount.SocialAccount: 1\n"
        "ttminis_auth.Grant: 1\n"
        "ttminis_auth.Identity: 1\n"
        "ttminis_auth.WebhookDelivery: 1\n"
        "Sessions of Minis logins do not count any more. "
        "Sessions found and deleted: 1. Tokens: revoked.\n"
    )


def test_allauth_s_copy_of_the_token_goes_too(mia, erase):
    SocialToken.objects.create(account=mia.account, token="act.allauth")

    erase()

    assert not SocialToken.objects.exists()


def test_conflicts_go_too(mia, authorize, erase):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    LinkingConflict.objects.create(older=noah, younger=mia, union_id="u")

    erasure.erase(mia)

    assert not LinkingConflict.objects.exists()
    assert Identity.objects.get() == noah


def test_user_stays_without_the_name(mia, erase):
    erase()

    user = User.objects.get()
    assert (user.pk, user.get_full_name()) == (mia.account.user_id, "")


def test_name_of_their_own_choice_stays(mia, erase):
    User.objects.update(first_name="Maria", last_name="Meyer")

    erase()

    assert User.objects.get().get_full_name() == "Maria Meyer"


def test_session_of_an_erased_user_ends(mia, erase, client):
    erase()

    assert "_auth_user_id" not in client.session


def test_minis_session_ends_with_one_of_two_identities(mia, authorize, client):
    user = mia.account.user
    account = SocialAccount.objects.create(user=user, provider="x", uid="other")
    Identity.objects.create(
        account=account,
        client_key=GAME,
        open_id="other",
        sessions_valid_from=mia.sessions_valid_from - timedelta(days=9),
    )
    authorize("mia")
    assert is_logged_in(client)

    erasure.erase(mia)

    assert not is_logged_in(client)


def test_session_of_a_web_login_ends_too(person, command, dump):
    """allauth notes in it which account that was."""
    person.log_in()
    known = identity().open_id

    command(known, "--erase", "--yes")

    assert person.user_pk is None
    assert known not in dump()


def test_no_other_user_is_touched(mia, authorize, erase):
    noah = Client()
    authorize("noah", by=noah)
    deliver("noah's")

    erasure.erase(mia)

    assert Identity.objects.count() == WebhookDelivery.objects.count() == 1
    assert "_auth_user_id" in noah.session


def test_erased_visitor_comes_back_as_a_new_user(mia, erase, authorize):
    former = mia.account.user_id
    erase()

    answer = authorize("mia", by=Client()).json()["data"]

    assert answer["ttminis"]["created"]
    assert answer["user"]["id"] != former


def test_identity_that_is_gone_meanwhile_is_no_error(mia):
    Identity.objects.all().delete()

    erased = erasure.erase(mia, revoke=False)

    assert (erased.rows.total(), erased.sessions) == (0, None)


def test_projects_hear_of_it(mia, erase):
    heard = []

    def note(instance, **kwargs):
        heard.append(instance.open_id)

    pre_delete.connect(note, sender=Identity)
    try:
        erase()
    finally:
        pre_delete.disconnect(note, sender=Identity)

    assert heard == [mia.open_id]


def test_project_s_protected_rows_forbid_it(mia, erase):
    def protect(instance, **kwargs):
        raise ProtectedError("orders", {mia.account.user})

    pre_delete.connect(protect, sender=Identity)
    try:
        with pytest.raises(CommandError, match=r"rows of auth\.User protect it\. The"):
            erase()
    finally:
        pre_delete.disconnect(protect, sender=Identity)

    assert Grant.objects.exists()


# The history of Django's admin.


def note(about, words, user, repr_=None):
    """Let an operator have done something, as Django's admin notes it."""
    return LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(type(about)),
        object_id=str(about.pk),
        object_repr=repr_ or str(about)[:200],
        action_flag=2,
        change_message=words,
    )


@pytest.fixture
def support(db):
    return User.objects.create_user("support", is_staff=True)


def test_history_forgets_who_it_was(mia, authorize, support, dump):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    conflict = LinkingConflict.objects.create(older=noah, younger=mia)
    for about in (mia, mia.account, conflict):
        note(about, f"Linked {mia.open_id}", support)

    erasure.erase(mia, revoke=False)

    history = set(LogEntry.objects.values_list("object_repr", "change_message"))
    assert history == {("erased", "")}
    assert mia.open_id not in dump()


def test_history_keeps_who_did_what_kind_of_thing_and_when(mia, support):
    entry = note(mia, "Linked", support)
    kept = "user_id", "content_type_id", "object_id", "action_flag", "action_time"
    before = [getattr(entry, name) for name in kept]

    erasure.erase(mia, revoke=False)

    entry.refresh_from_db()
    assert [getattr(entry, name) for name in kept] == before


@pytest.mark.parametrize("kind", ["link", "end_sessions", "keep_apart"])
def test_history_keeps_the_name_of_what_was_done_and_no_other_word(mia, support, kind):
    conflict = LinkingConflict.objects.create(older=mia, younger=mia)
    text = admin_log.entry(kind, f"{mia.open_id}: {mia.account.user}")
    entries = [note(about, text, support) for about in (mia, mia.account.user)]
    entries.append(note(conflict, text, support))

    erasure.erase(mia, revoke=False)

    for entry in entries:
        entry.refresh_from_db()
    assert [entry.change_message for entry in entries] == [kind] * 3


@pytest.mark.parametrize("words", ["mia: Linked", "link", "Linked", "", "link:mia"])
def test_history_in_other_words_is_blanked(mia, support, words):
    entry = note(mia, words, support)

    erasure.erase(mia, revoke=False)

    entry.refresh_from_db()
    assert entry.change_message == ""


def test_history_of_rows_that_went_before_forgets_them_too(mia, support):
    entry = note(Identity(pk=0), "Unlinked", support, repr_=str(mia))

    erasure.erase(mia, revoke=False)

    entry.refresh_from_db()
    assert (entry.object_repr, entry.change_message) == ("erased", "")


def test_history_of_the_user_forgets_the_identity_alone(mia, support):
    user = mia.account.user
    linked = note(user, f"Linked {mia.open_id}", support)
    renamed = note(user, "Changed first name", support)

    erasure.erase(mia, revoke=False)

    linked.refresh_from_db()
    renamed.refresh_from_db()
    assert (linked.object_repr, linked.change_message) == (str(user), "")
    assert renamed.change_message == "Changed first name"


def test_history_of_the_other_s_conflicts_is_blanked(mia, authorize, support):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    as_older = LinkingConflict.objects.create(older=mia, younger=noah, reason="staff")
    as_younger = LinkingConflict.objects.create(older=noah, younger=mia, reason="x")
    entries = [note(each, "Dismissed", support, "m") for each in (as_older, as_younger)]

    erasure.erase(mia, revoke=False)

    for entry in entries:
        entry.refresh_from_db()
        assert entry.object_repr == "erased"


def test_history_of_several_erased_identities_is_blanked(mia, authorize, support):
    authorize("noah", by=Client())
    both = list(Identity.objects.order_by("pk"))
    entries = [note(User(pk=0), f"Linked {each.open_id}", support) for each in both]

    admin_log.scrub(*both)

    for entry in entries:
        entry.refresh_from_db()
        assert entry.change_message == ""


def test_history_of_other_rows_stays(mia, authorize, support):
    authorize("noah", by=Client())
    noah = Identity.objects.exclude(pk=mia.pk).get()
    entries = [note(noah, "Linked", support), note(support, "Hired", support)]
    # Another model's row with the same key.
    entries.append(note(User(pk=mia.pk), "Changed", support, repr_="x"))

    erasure.erase(mia, revoke=False)

    for entry in entries:
        before = entry.object_repr, entry.change_message
        entry.refresh_from_db()
        assert (entry.object_repr, entry.change_message) == before


NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40)


class HistoriesStayApart(HypothesisTestCase):
    """Whatever characters TikTok's numbers are made of, wildcards too."""

    @given(erased=NAMES, other=NAMES)
    def test_history_of_one_person_is_forgotten(self, erased, other):
        assume(not other.casefold().endswith(erased.casefold()))
        support = User.objects.create_user("support")
        people = []
        for name in (erased, other):
            account = SocialAccount.objects.create(
                user=support, provider="ttminis", uid=name
            )
            people.append(
                Identity.objects.create(account=account, client_key=DRAMA, open_id=name)
            )
        entries = [note(each, "Linked", support) for each in people]

        erasure.erase(people[0], revoke=False)

        history = LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)
        assert list(history) == ["erased", entries[1].object_repr]


def test_site_without_the_admin_has_no_history(mia, settings):
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if app != "django.contrib.admin"
    ]

    assert erasure.erase(mia, revoke=False).rows["ttminis_auth.Identity"] == 1


# Tokens are revoked.


def test_tokens_are_revoked_once(mia, erase, tiktok, settings):
    settings.TTMINIS_REVOKE_ON = ["disconnect", "delete"]

    erase()

    assert revoked(tiktok) == 1
    assert tiktok.connected == set()


def test_tokens_are_revoked_by_default(mia, tiktok):
    assert erasure.erase(mia).revoked
    assert revoked(tiktok) == 1


def test_refused_erasure_says_that_tokens_were_revoked(mia, tiktok):
    def happen(**kwargs):
        add_email(mia.account.user)

    pre_delete.connect(happen, sender=Identity)
    try:
        with pytest.raises(erasure.ErasureRefused) as caught:
            erasure.erase(mia, delete_user=True)
    finally:
        pre_delete.disconnect(happen, sender=Identity)

    assert caught.value.revoked


def test_tokens_are_not_revoked_unless_asked(
    mia, erase, tiktok, settings, django_capture_on_commit_callbacks
):
    settings.TTMINIS_REVOKE_ON = ["disconnect", "delete"]

    with django_capture_on_commit_callbacks(execute=True):
        assert "Tokens: not revoked." in erase("--no-revoke")
    revocations.wait()
    assert revoked(tiktok) == 0


def test_erasure_goes_on_without_tiktok(mia, erase, tiktok, caplog):
    tiktok.order_fault("html_502", endpoint="revoke")

    assert "Tokens: not revoked." in erase()
    assert not Identity.objects.exists()
    assert "were not revoked" in caplog.text


def test_dead_tokens_are_not_given_back(mia, erase, tiktok):
    mia.grants.end()

    assert "Tokens: not revoked." in erase()
    assert revoked(tiktok) == 0


def test_app_that_is_configured_no_more_is_no_hindrance(mia, erase, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    assert "Tokens: not revoked." in erase()
    assert not Identity.objects.exists()


# Which one?


@pytest.mark.parametrize("what", [["--export", "-"], ["--erase", "--yes"]])
def test_apps_are_listed_when_several_know_the_open_id(two_apps, command, what):
    with pytest.raises(CommandError, match=f"{DRAMA}, {GAME}") as caught:
        command("the-same", *what)

    assert "--client-key" in str(caught.value)
    assert Identity.objects.count() == 2


def test_person_of_the_named_app_is_erased_and_no_other(two_apps, command):
    command("the-same", "--client-key", GAME, "--erase", "--yes")

    assert identity().client_key == DRAMA
    assert WebhookDelivery.objects.get().client_key == DRAMA


def test_open_id_in_another_app_finds_no_identity(mia, command):
    with pytest.raises(CommandError, match=f"No identity of the app {GAME} has"):
        command(mia.open_id, "--client-key", GAME, "--erase", "--yes")


@pytest.mark.parametrize("what", [["--export", "-"], ["--erase", "--yes"]])
def test_unknown_open_id_is_reported(command, db, what):
    with pytest.raises(CommandError, match="No identity has this open_id"):
        command("open-unknown", *what)


@pytest.mark.parametrize("named", [[], ["--client-key", DRAMA]])
def test_deliveries_that_came_in_later_are_erased(mia, erase, command, named):
    erase()
    deliver(mia.open_id)

    shown = command(mia.open_id, "--erase", "--yes", *named)

    assert "Webhook deliveries erased: 1" in shown
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize(("provider", "key"), [("ttminis", DRAMA), ("tiktok", WEB)])
def test_account_that_has_no_identity_is_found(local_user, command, provider, key):
    """An operator made it, or allauth's own provider."""
    SocialAccount.objects.create(user=local_user, provider=provider, uid="olga's")

    assert json.loads(command("olga's", "--export", "-"))["identity"]["client_key"] == (
        key
    )
    command("olga's", "--erase", "--yes")
    assert not SocialAccount.objects.exists()


def test_account_of_another_user_without_identity_is_not_found(local_user, command):
    SocialAccount.objects.create(user=local_user, provider="ttminis", uid="olga's")

    with pytest.raises(CommandError, match="No identity has this open_id"):
        command("otto's", "--erase", "--yes")


def test_account_of_another_provider_is_none_of_ours(local_user, command, settings):
    github = {"APPS": [{"client_id": "github", "secret": "s"}]}
    settings.SOCIALACCOUNT_PROVIDERS |= {"github": github}
    SocialAccount.objects.create(user=local_user, provider="github", uid="olga's")

    with pytest.raises(CommandError, match="No identity has this open_id"):
        command("olga's", "--erase", "--yes")


# With the user.


@pytest.mark.parametrize("delete_user", [True, False])
def test_missing_session_store_does_not_prevent_an_erasure(
    mia, client, monkeypatch, caplog, delete_user
):
    def fail(*args):
        raise LookupError("act.secret")

    monkeypatch.setattr(erasure.session_search, "find", fail)

    erased = erasure.erase(mia, revoke=False, delete_user=delete_user)

    assert (erased.sessions, Identity.objects.count()) == (None, 0)
    assert not is_logged_in(client)
    assert "LookupError" in caplog.text
    assert "act.secret" not in caplog.text


def test_user_goes_too_when_asked_for(mia, erase, client):
    assert "auth.User: 1" in erase("--delete-user")
    assert not User.objects.exists()
    assert not is_logged_in(client)


def set_password(user):
    user.set_password("a long password")
    user.save()


def make_staff(user):
    user.is_staff = True
    user.save()


def make_superuser(user):
    user.is_superuser = True
    user.save()


def connect_github(user):
    SocialAccount.objects.create(user=user, provider="github", uid="mia")


def connect_same_number(user):
    SocialAccount.objects.create(
        user=user, provider="game", uid=user.socialaccount_set.get().uid
    )


def add_email(user):
    user.emailaddress_set.create(email="mia@example.org")


def do_something(user):
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=user, content_type=kind, action_flag=1, action_time=timezone.now()
    )


@pytest.mark.parametrize(
    ("happen", "reason"),
    [
        (set_password, r"the user has a password\."),
        (make_staff, r"the user is staff\."),
        (make_superuser, r"the user is staff\."),
        (connect_github, r"the user has other social accounts\."),
        (connect_same_number, r"the user has other social accounts\."),
        (add_email, "rows of account.EmailAddress belong"),
        (do_something, "rows of admin.LogEntry belong"),
    ],
)
def test_user_who_is_more_than_a_tiktok_account_is_not_deleted(
    mia, erase, happen, reason, tiktok
):
    happen(mia.account.user)

    with pytest.raises(CommandError, match=f"Nothing was erased: {reason}"):
        erase("--delete-user")

    assert Identity.objects.exists()
    assert revoked(tiktok) == 0


def test_all_reasons_against_an_erasure_are_given(mia):
    for happen in (make_staff, add_email, do_something):
        happen(mia.account.user)

    with pytest.raises(erasure.ErasureRefused) as caught:
        erasure.erase(mia, delete_user=True)

    assert str(caught.value) == (
        "the user is staff; "
        "rows of account.EmailAddress, admin.LogEntry belong to the user"
    )


def test_user_who_becomes_more_in_that_moment_is_not_deleted(mia):
    def happen(**kwargs):
        add_email(mia.account.user)

    pre_delete.connect(happen, sender=Identity)
    try:
        with pytest.raises(erasure.ErasureRefused) as caught:
            erasure.erase(mia, delete_user=True)
    finally:
        pre_delete.disconnect(happen, sender=Identity)

    assert caught.value.reasons == ["rows of account.EmailAddress belong to the user"]
    assert Identity.objects.exists()


def test_erasure_that_is_refused_under_the_lock_is_not_done(mia):
    class Forbidden(Exception):
        pass

    def require(now):
        assert now == mia
        raise Forbidden

    with pytest.raises(Forbidden):
        erasure.erase(mia, require=require)

    assert Identity.objects.exists()


# The operator is asked.


@pytest.fixture
def terminal(monkeypatch):
    """A terminal at which the operator types: ``terminal("y")``."""
    ours, theirs = pty.openpty()

    def type_(line):
        os.write(ours, f"{line}\n".encode())

    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield type_
    os.close(ours)


@pytest.mark.parametrize("answer", ["y", "Y"])
def test_answer_yes_erases(mia, terminal, answer, capsys):
    terminal(answer)

    call_command("ttminis_erase", "--erase", "--", mia.open_id)

    assert mia.open_id in capsys.readouterr().out
    assert not Identity.objects.exists()


@pytest.mark.parametrize("answer", ["", "n", "yes?"])
def test_any_other_answer_erases_nothing(mia, terminal, answer):
    terminal(answer)

    with pytest.raises(CommandError, match=r"Nothing was erased\."):
        call_command("ttminis_erase", "--erase", "--", mia.open_id)
    assert Identity.objects.exists()


def test_end_of_file_in_place_of_an_answer_erases_nothing(mia, monkeypatch):
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")  # Ctrl-D
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(CommandError, match=r"Nothing was erased\."):
            call_command("ttminis_erase", "--erase", "--", mia.open_id)
    os.close(ours)

    assert Identity.objects.exists()


def test_question_says_that_the_user_is_deleted_too(mia, terminal, capsys):
    terminal("n")

    with pytest.raises(CommandError):
        call_command("ttminis_erase", "--erase", "--delete-user", "--", mia.open_id)
    assert "and delete the user? [y/N]" in capsys.readouterr().out


def test_question_is_asked_for_left_over_deliveries_too(db, terminal, capsys):
    deliver("gone")
    terminal("n")

    with pytest.raises(CommandError):
        call_command("ttminis_erase", "gone", "--erase")
    assert "Erase everything about gone?" in capsys.readouterr().out
    assert WebhookDelivery.objects.exists()


def test_without_standard_input_yes_has_to_be_said_before(mia, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(CommandError, match="--yes"):
        call_command("ttminis_erase", "--erase", "--", mia.open_id)


@pytest.mark.parametrize("args", [["\udcff"], ["x", "--client-key", "\udcff"]])
def test_bytes_that_are_no_text_are_refused(args, db):
    with pytest.raises(CommandError, match="must be UTF-8"):
        call_command("ttminis_erase", *args, "--export", "-")


def test_signal_ends_an_erasure_when_it_is_complete(mia, command):
    def interrupt(**kwargs):
        signal.raise_signal(signal.SIGTERM)

    pre_delete.connect(interrupt, sender=Identity)
    try:
        with pytest.raises(CommandError, match="Stopped by SIGTERM") as ended:
            command(mia.open_id, "--erase", "--yes")
    finally:
        pre_delete.disconnect(interrupt, sender=Identity)

    assert ended.value.returncode == 143
    assert not Identity.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_without_a_terminal_yes_has_to_be_said_before(mia, monkeypatch):
    with open(os.devnull) as empty:
        monkeypatch.setattr(sys, "stdin", empty)
        with pytest.raises(CommandError, match="--yes"):
            call_command("ttminis_erase", "--erase", "--", mia.open_id)

    assert Identity.objects.exists()


@pytest.mark.parametrize("args", [[], ["--erase", "--export", "-"]])
def test_command_needs_export_or_erase(args, db):
    with pytest.raises(CommandError):
        call_command("ttminis_erase", "open-unknown", *args)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dashes", [[], ["--"]])
def test_open_id_that_begins_with_a_dash_is_no_option(mia, capsys, dashes):
    """As TikTok's do."""
    assert mia.open_id.startswith("-")
    argv = ["manage.py", "ttminis_erase", *dashes, mia.open_id]

    Command().run_from_argv([*argv[:2], "--export", "-", "-v1", *argv[2:]])

    assert json.loads(capsys.readouterr().out)["identity"]["open_id"] == mia.open_id


@pytest.mark.django_db(transaction=True)
def test_open_id_may_come_first(mia, capsys):
    argv = ["manage.py", "ttminis_erase", mia.open_id, "--erase", "--yes"]

    Command().run_from_argv(argv)

    assert not Identity.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("delete_user", [False, True])
def test_logins_and_an_erasure_at_once_end_in_one_person_or_none(
    mia, authorize, delete_user
):
    barrier = Barrier(5)

    def act(what):
        try:
            barrier.wait()
            return what()
        finally:
            connection.close()

    def erase():
        return erasure.erase(mia, delete_user=delete_user, revoke=False)

    def log_in():
        return [authorize("mia", by=Client()) for _ in range(5)]

    with ThreadPoolExecutor(5) as pool:
        erasing = pool.submit(act, erase)
        logins = [pool.submit(act, log_in) for _ in range(4)]
        answers = [answer for login in logins for answer in login.result()]

    assert erasing.result().rows["ttminis_auth.Identity"] == 1
    # Who was overtaken twice, by the erasure and by another newcomer, tries again.
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {error_code(answer) for answer in refused} <= {"login_again"}
    assert Identity.objects.count() == SocialAccount.objects.count() <= 1
    assert User.objects.count() <= 2 - delete_user
