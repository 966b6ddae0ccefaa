"""The end of an authorization, by a webhook or by us."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.databases import connection
from tests.fixtures import DRAMA, GAME
from tests.sessions import is_logged_in
from ttminis_auth.core import session_search
from ttminis_auth.errors import Misconfigured, ReauthorizationRequired, TikTokNotReached
from ttminis_auth.models import Identity
from ttminis_auth.profile import user_info
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.removal.deauthorize import RemovalIncomplete
from ttminis_auth.signals import authorization_removed
from ttminis_auth.tiktok.types import RemovalReason
from ttminis_auth.tokens import access
from ttminis_auth.tokens.revoke_later import revocations

pytestmark = pytest.mark.django_db

MIA = ("mia", DRAMA)


@pytest.fixture
def identity(authorize):
    authorize("mia")
    return Identity.objects.get()


@pytest.fixture
def heard():
    """Return the reasons that the signal had."""
    reasons = []

    def note(reason, **kwargs):
        reasons.append(reason)

    authorization_removed.connect(note, sender=Identity)
    yield reasons
    authorization_removed.disconnect(note, sender=Identity)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    @contextmanager
    def commit():
        with django_capture_on_commit_callbacks(execute=True):
            yield
        revocations.wait()

    return commit


def remove(identity, reason=RemovalReason.USER_DISCONNECTED, at=None):
    return deauthorize.remove(identity, reason=reason, at=at or timezone.now())


def move_login(identity, by):
    """Move the latest login, and what TikTok granted then, in time."""
    moment = timezone.now() + by
    identity.grants.update(issued_at=moment)
    Identity.objects.filter(pk=identity.pk).update(vouched_at=moment)


# --- TikTok removes


def test_removal_ends_the_tokens(identity):
    remove(identity)

    grant = identity.grants.get()
    assert grant.dead_at
    assert grant.access_token is grant.refresh_token is None
    with pytest.raises(ReauthorizationRequired):
        access.access_token(identity)


def test_removal_is_noted_with_reason_and_time(identity):
    at = timezone.now()

    remove(identity, RemovalReason.BANNED, at)

    identity = Identity.objects.get()
    assert identity.state == Identity.State.REMOVED
    assert (identity.removed_reason, identity.removed_at) == (4, at)


def test_removal_ends_the_minis_session(identity, client):
    remove(identity)

    assert not is_logged_in(client)


def test_removal_spares_a_session_by_password(identity):
    user = identity.account.user
    elsewhere = Client()
    elsewhere.force_login(user, "django.contrib.auth.backends.ModelBackend")

    remove(identity)

    assert is_logged_in(elsewhere)


def test_removal_deletes_no_user(identity):
    remove(identity, RemovalReason.ACCOUNT_DELETED)

    assert get_user_model().objects.get().is_active
    assert SocialAccount.objects.get().extra_data["display_name"] == "Mia"


def test_returning_user_is_the_same_and_active(identity, send_code, tiktok):
    remove(identity)

    answer = send_code("mia", by=Client()).json()

    again = Identity.objects.get()
    assert answer["data"]["user"]["id"] == identity.account.user_id
    assert again.state == Identity.State.ACTIVE
    assert again.removed_reason is again.removed_at is None
    assert tiktok.bearer(access.access_token(again))


def test_an_older_removal_does_not_undo_a_newer_authorization(identity, client):
    logged_in = identity.grants.get().issued_at

    assert remove(identity, at=logged_in - timedelta(seconds=2)) is False

    assert Identity.objects.get().state == Identity.State.ACTIVE
    assert access.access_token(identity)
    assert is_logged_in(client)


def test_a_removal_in_the_second_of_the_login_counts(identity):
    now = datetime(2026, 11, 22, 12, 0, 0, 900_000, tzinfo=UTC)
    identity.grants.update(issued_at=now)
    Identity.objects.update(vouched_at=now)

    assert remove(identity, at=now.replace(microsecond=0)) is True


def test_a_refresh_after_the_removal_shows_that_it_is_outdated(identity, settings):
    Identity.objects.update(vouched_at=timezone.now() - timedelta(days=2))

    assert remove(identity, at=timezone.now() - timedelta(days=1)) is False


def test_without_stored_tokens_the_login_itself_is_what_counts(settings, send_code):
    settings.TTMINIS_STORE_TOKENS = False
    send_code("mia")
    identity = Identity.objects.get()

    assert remove(identity, at=timezone.now() - timedelta(minutes=1)) is False
    assert remove(identity) is True


def test_a_second_telling_changes_nothing(identity, heard, committed):
    at = timezone.now()

    with committed():
        assert remove(identity, RemovalReason.USER_DISCONNECTED, at) is True
        assert remove(identity, RemovalReason.UNKNOWN, at) is True

    assert heard == [1]
    assert Identity.objects.get().removed_reason == 1


def test_project_hears_whose_removal_it_is_and_why_and_when(identity, hear, committed):
    heard, at = [], timezone.now()
    hear(authorization_removed, lambda sender, signal, **facts: heard.append(facts))

    with committed():
        remove(identity, RemovalReason.BANNED, at)

    assert heard == [{"identity": identity, "reason": 4, "at": at}]


@pytest.mark.parametrize("earlier", [timedelta(0), timedelta(seconds=5)])
def test_another_reason_of_before_is_followed_as_well(
    identity, heard, committed, settings, earlier
):
    settings.TTMINIS_REMOVAL_ACTIONS = {2: ["anonymise"], "default": []}
    move_login(identity, -timedelta(minutes=1))
    at = timezone.now()

    with committed():
        assert remove(identity, RemovalReason.USER_DISCONNECTED, at)
        assert remove(identity, RemovalReason.ACCOUNT_DELETED, at - earlier)

    assert heard == [1, 2]
    assert "display_name" not in SocialAccount.objects.get().extra_data


@pytest.mark.parametrize(
    ("reason", "earlier"),
    [
        (RemovalReason.UNKNOWN, timedelta(0)),
        (RemovalReason.UNKNOWN, timedelta(seconds=5)),
        (RemovalReason.USER_DISCONNECTED, timedelta(seconds=5)),
    ],
)
def test_telling_that_is_no_news_is_not_followed(identity, settings, reason, earlier):
    move_login(identity, -timedelta(minutes=1))
    at = timezone.now()
    remove(identity, RemovalReason.USER_DISCONNECTED, at)
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}

    assert remove(identity, reason, at - earlier)

    assert get_user_model().objects.get().is_active


def test_the_later_of_two_reasons_is_kept(identity):
    move_login(identity, -timedelta(minutes=1))
    at = timezone.now()

    assert remove(identity, RemovalReason.ACCOUNT_DELETED, at)
    assert remove(identity, RemovalReason.USER_DISCONNECTED, at - timedelta(seconds=5))

    identity = Identity.objects.get()
    assert (identity.removed_reason, identity.removed_at) == (2, at)


def test_reason_of_before_ends_the_sessions_that_it_is_to_end(
    identity, client, settings
):
    settings.TTMINIS_REMOVAL_ACTIONS = {2: ["end_minis_sessions"], "default": []}
    at = timezone.now()

    remove(identity, RemovalReason.USER_DISCONNECTED, at)
    remove(identity, RemovalReason.ACCOUNT_DELETED, at)

    assert not is_logged_in(client)


def test_a_later_removal_brings_its_own_reason(identity, heard, committed):
    with committed():
        remove(identity, RemovalReason.USER_DISCONNECTED)
        remove(identity, RemovalReason.ACCOUNT_DELETED)

    assert heard == [1, 2]


@pytest.mark.parametrize("actions", [{1: []}, {"default": []}])
def test_the_project_may_leave_the_sessions_alone(identity, client, settings, actions):
    settings.TTMINIS_REMOVAL_ACTIONS = actions

    remove(identity)

    assert is_logged_in(client)


def test_a_reason_may_end_all_sessions(identity, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {4: ["end_sessions"]}
    elsewhere = Client()
    elsewhere.force_login(
        identity.account.user, "django.contrib.auth.backends.ModelBackend"
    )

    remove(identity, RemovalReason.BANNED)

    assert not is_logged_in(elsewhere)


def test_a_reason_may_deactivate_the_user(identity, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {4: ["deactivate"]}

    remove(identity, RemovalReason.BANNED)

    assert not get_user_model().objects.get().is_active


@pytest.mark.parametrize("action", ["deactivate", "anonymise"])
def test_an_action_touches_no_other_removed_user(identity, settings, authorize, action):
    authorize("noah", by=Client())
    for each in Identity.objects.order_by("pk"):
        remove(each)
    settings.TTMINIS_REMOVAL_ACTIONS = {4: [action]}

    remove(Identity.objects.latest("pk"), RemovalReason.BANNED)

    untouched = Identity.objects.get(pk=identity.pk)
    assert untouched.account.user.is_active
    assert untouched.account.extra_data["display_name"] == "Mia"


def test_a_reason_may_forget_the_profile(identity, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {2: ["anonymise"]}

    remove(identity, RemovalReason.ACCOUNT_DELETED)

    identity = Identity.objects.get()
    assert identity.account.extra_data == {"open_id": identity.open_id}
    assert identity.union_id is identity.profile_fetched_at is None
    assert identity.account.user.first_name == ""


def test_a_name_of_the_user_s_own_is_not_forgotten(identity, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {2: ["anonymise"]}
    get_user_model().objects.update(first_name="Olga")

    remove(identity, RemovalReason.ACCOUNT_DELETED)

    assert get_user_model().objects.get().first_name == "Olga"


def test_a_failing_receiver_keeps_no_tokens_alive(identity, committed):
    def fail(**kwargs):
        raise ZeroDivisionError

    authorization_removed.connect(fail)
    try:
        with committed():
            remove(identity)
    finally:
        authorization_removed.disconnect(fail)
    assert Identity.objects.get().state == Identity.State.REMOVED


def test_require_is_called_with_the_locked_identity(identity):
    asked, at = [], timezone.now()

    deauthorize.remove(identity, reason=1, at=at, require=asked.append)

    assert asked == [identity]


@pytest.mark.parametrize("model", [Identity, SocialAccount])
def test_removal_of_an_identity_that_is_gone_is_none(identity, model):
    model.objects.all().delete()

    assert remove(identity) is False


# --- what follows


SECRET_TEXT = "act.secret"


def fail(*args, **kwargs):
    raise LookupError(SECRET_TEXT)


@pytest.fixture
def failing_user():
    """The project forbids to save a user."""
    pre_save.connect(fail, sender=get_user_model())
    yield
    pre_save.disconnect(fail, sender=get_user_model())


def test_failing_action_keeps_no_tokens_alive(identity, settings, failing_user):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}

    with pytest.raises(RemovalIncomplete) as caught:
        remove(identity)

    assert caught.value.failures == ["deactivate: LookupError"]
    assert str(caught.value) == "deactivate: LookupError"
    assert not identity.grants.active().exists()
    assert Identity.objects.get().state == Identity.State.REMOVED


def test_failing_action_keeps_no_other_from_its_turn(
    identity, settings, failing_user, client
):
    actions = ["deactivate", "anonymise", "end_minis_sessions"]
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": actions}
    get_user_model().objects.update(first_name="")

    with pytest.raises(RemovalIncomplete):
        remove(identity)

    assert Identity.objects.get().union_id is None
    assert not is_logged_in(client)


def test_session_store_that_is_away_keeps_no_tokens_alive(
    identity, settings, monkeypatch, client
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions"]}
    monkeypatch.setattr(session_search, "find", fail)

    with pytest.raises(RemovalIncomplete, match="end_sessions: LookupError"):
        remove(identity)

    assert not identity.grants.active().exists()
    assert not is_logged_in(client)


def test_failing_action_keeps_no_receiver_from_hearing(
    identity, settings, failing_user, heard, committed
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}

    with committed(), pytest.raises(RemovalIncomplete):
        remove(identity)

    assert heard == [1]


def test_failure_is_logged_without_its_words(identity, settings, failing_user, caplog):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}

    with pytest.raises(RemovalIncomplete) as caught:
        remove(identity)

    assert "deactivate: LookupError" in caplog.text
    assert SECRET_TEXT not in caplog.text + str(caught.value)


def test_second_telling_tries_again_what_failed(identity, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    at = timezone.now()
    pre_save.connect(fail, sender=get_user_model())
    with pytest.raises(RemovalIncomplete):
        remove(identity, at=at)
    pre_save.disconnect(fail, sender=get_user_model())

    assert remove(identity, at=at)

    assert not get_user_model().objects.get().is_active


@pytest.mark.parametrize("action", ["deactivate", "anonymise"])
def test_action_is_not_done_to_a_user_who_came_back(
    identity, settings, send_code, monkeypatch, action
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions", action]}
    come_back = partial(send_code, "mia", by=Client())
    monkeypatch.setattr(session_search, "find", lambda user: come_back() and [])

    remove(identity)

    assert get_user_model().objects.get().is_active
    assert Identity.objects.get().union_id


def test_sessions_are_not_searched_while_rows_are_held(identity, settings, monkeypatch):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions"]}
    depth, seen = len(connection.savepoint_ids), []

    def look(user):
        seen.append(len(connection.savepoint_ids))
        return []

    monkeypatch.setattr(session_search, "find", look)
    remove(identity)

    assert seen == [depth]


def test_end_of_all_sessions_that_reaches_only_some_is_logged(
    identity, settings, caplog
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["end_sessions"]}

    assert remove(identity)

    assert "Only sessions of Minis logins have ended" in caplog.text


def test_identity_that_is_erased_meanwhile_is_not_removed(identity):
    erasure.erase(identity, revoke=False)

    assert remove(identity) is False


# --- what is outdated


@pytest.mark.parametrize("save", [SocialAccount.save, Identity.save])
def test_saving_an_account_does_not_make_a_removal_outdated(identity, save):
    """An operator corrects the account, and allauth calls that a login."""
    past = timezone.now() - timedelta(hours=1)
    identity.grants.update(issued_at=past)
    Identity.objects.update(vouched_at=past)
    row = identity.account if save is SocialAccount.save else Identity.objects.get()
    save(row)

    assert remove(identity, at=timezone.now() - timedelta(minutes=1)) is True


def test_fetching_a_profile_does_not_make_a_removal_outdated(identity):
    past = timezone.now() - timedelta(hours=1)
    identity.grants.update(issued_at=past)
    Identity.objects.update(vouched_at=past)
    user_info.fetch(Identity.objects.get())

    assert remove(identity, at=timezone.now() - timedelta(minutes=1)) is True


@pytest.mark.parametrize("process", ["login", "authorize", "switch"])
def test_each_kind_of_login_makes_an_older_removal_outdated(
    identity, send_code, process
):
    past = timezone.now() - timedelta(hours=1)
    identity.grants.all().delete()
    Identity.objects.update(vouched_at=past)
    send_code("mia", process=process)
    identity.grants.all().delete()

    at = timezone.now() - timedelta(minutes=1)
    assert remove(Identity.objects.get(), at=at) is False


# --- we give the tokens back


def test_revoking_takes_the_app_off_the_account(identity, tiktok):
    deauthorize.revoke(identity)

    assert MIA not in tiktok.connected


def test_revoking_ends_the_grants_here(identity):
    deauthorize.revoke(identity)

    again = Identity.objects.get()
    assert again.removed_reason == RemovalReason.DEVELOPER_REVOKED
    assert not again.grants.active().exists()


def test_revoking_renews_an_expired_token_first(identity, tiktok):
    tiktok.expire_access_tokens()
    identity.grants.update(access_expires_at=timezone.now())

    deauthorize.revoke(identity)

    assert MIA not in tiktok.connected


def test_revoking_what_is_dead_already_is_no_error(identity, tiktok):
    tiktok.remove_app(*MIA)

    deauthorize.revoke(identity)

    assert Identity.objects.get().state == Identity.State.REMOVED


def test_revoking_without_any_token_is_no_error(identity, tiktok):
    identity.grants.all().delete()
    tiktok.clear_requests()

    deauthorize.revoke(identity)

    assert Identity.objects.get().state == Identity.State.REMOVED
    assert tiktok.requests == []


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("html_502", TikTokNotReached),
        ("rate_limited", TikTokNotReached),
        ("invalid_client", Misconfigured),
    ],
)
def test_nothing_ends_while_tiktok_cannot_be_reached(identity, tiktok, kind, refusal):
    tiktok.order_fault(kind, endpoint="revoke")

    with pytest.raises(refusal):
        deauthorize.revoke(identity)

    assert Identity.objects.get().state == Identity.State.ACTIVE
    assert access.access_token(identity)


def test_revoking_ends_a_login_that_is_stored_before_its_turn(identity):
    """Whose time may be later than that at which the operator pressed the button."""
    soon = timezone.now() + timedelta(seconds=2)
    Identity.objects.update(vouched_at=soon)

    deauthorize.revoke(identity)

    assert Identity.objects.get().state == Identity.State.REMOVED


def test_an_app_that_is_gone_does_not_prevent_a_removal(identity, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    deauthorize.revoke(identity)

    assert Identity.objects.get().state == Identity.State.REMOVED


# --- who leaves


@pytest.fixture
def disconnect(identity, client):
    """Take the account off the user on allauth's own page."""
    user = identity.account.user
    user.set_password("a long password")
    user.save()
    EmailAddress.objects.create(user=user, email="mia@example.com", verified=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    def post():
        url = reverse("socialaccount_connections")
        return client.post(url, {"account": identity.account_id})

    return post


def test_disconnecting_revokes_where_the_project_wants_it(
    disconnect, tiktok, settings, committed
):
    settings.TTMINIS_REVOKE_ON = ["disconnect"]

    with committed():
        disconnect()

    assert not SocialAccount.objects.exists()
    assert MIA not in tiktok.connected


def test_disconnecting_revokes_nothing_by_itself(disconnect, tiktok, committed):
    with committed():
        disconnect()

    assert not SocialAccount.objects.exists()
    assert MIA in tiktok.connected


@pytest.mark.parametrize("one_by_one", [True, False])
def test_deleting_a_user_revokes_where_the_project_wants_it(
    identity, tiktok, settings, committed, one_by_one
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    users = get_user_model().objects.all()

    with committed():
        if one_by_one:
            users.get().delete()
        else:
            users.delete()

    assert MIA not in tiktok.connected


def test_an_expired_token_is_renewed_for_the_farewell(
    identity, tiktok, settings, committed
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    tiktok.expire_access_tokens()
    identity.grants.update(access_expires_at=timezone.now())

    with committed():
        get_user_model().objects.get().delete()

    assert MIA not in tiktok.connected


def test_a_farewell_without_a_living_token_says_nothing(
    identity, tiktok, settings, committed
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    tiktok.remove_app(*MIA)
    tiktok.clear_requests()
    past = timezone.now()
    identity.grants.update(access_expires_at=past)

    with committed():
        get_user_model().objects.get().delete()

    assert "revoke" not in [request.endpoint for request in tiktok.requests]


def test_a_revocation_without_grants_sends_no_request(
    identity, tiktok, settings, committed
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    identity.grants.end()
    tiktok.clear_requests()

    with committed():
        get_user_model().objects.get().delete()

    assert tiktok.requests == []


def test_an_outage_does_not_prevent_a_removal(
    identity, tiktok, settings, committed, caplog
):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    tiktok.order_fault("html_502", endpoint="revoke")

    with committed():
        get_user_model().objects.get().delete()

    assert not get_user_model().objects.exists()
    assert "tiktok_unavailable" in caplog.text


def test_rolled_back_removal_revokes_no_tokens(identity, tiktok, settings, committed):
    settings.TTMINIS_REVOKE_ON = ["delete"]
    user = get_user_model().objects.get()

    # The callbacks of a transaction that fails are dropped; these are never run.
    user.delete()

    assert MIA in tiktok.connected


def test_deleting_an_identity_alone_is_no_farewell(
    identity, tiktok, settings, committed
):
    settings.TTMINIS_REVOKE_ON = ["delete", "disconnect"]

    with committed():
        identity.delete()

    assert MIA in tiktok.connected


def test_logging_out_never_revokes(identity, client, tiktok, settings, committed):
    settings.TTMINIS_REVOKE_ON = ["delete", "disconnect"]

    with committed():
        client.post(reverse("account_logout"))

    assert not is_logged_in(client)
    assert MIA in tiktok.connected


def test_another_app_of_the_same_person_stays(identity, authorize, settings, tiktok):
    tiktok.redeem_code(tiktok.issue_code(GAME, "mia"), GAME)

    deauthorize.revoke(identity)

    assert ("mia", GAME) in tiktok.connected
