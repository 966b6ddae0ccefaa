"""One line that gives a working token, whatever has become of the old one."""

from datetime import timedelta
from functools import partial

import pytest
import requests
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, Group
from django.core.management import call_command
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tests.databases import PEOPLE, TO_LOCK_BY_KEYS, connection
from tests.fixtures import BASIC, DRAMA, GAME
from tests.grants import access, encrypted, refresh
from ttminis_auth.errors import (
    Misconfigured,
    ReauthorizationRequired,
    ScopeNotGranted,
    TikTokNotReached,
    TokenUnavailable,
)
from ttminis_auth.models import Grant, Identity
from ttminis_auth.signals import reauthorization_required
from ttminis_auth.tiktok.errors import AccessTokenInvalid
from ttminis_auth.tokens import access as tokens

pytestmark = pytest.mark.django_db

OTHER_KEY = "another key, long enough to be taken for one"
TWO_APPS = {
    "ttminis": {
        "APPS": [
            {
                "client_id": DRAMA,
                "secret": "simulated-drama-secret",
                "provider_id": "drama",
            },
            {
                "client_id": GAME,
                "secret": "simulated-game-secret",
                "provider_id": "game",
            },
        ]
    }
}


@pytest.fixture
def identity(send_code):
    send_code("mia")
    return Identity.objects.get()


@pytest.fixture
def expired(identity, tiktok):
    """An identity whose access token is over, with a refresh token that is not."""
    tiktok.expire_access_tokens()
    past = timezone.now() - timedelta(seconds=1)
    identity.grants.update(access_expires_at=past, issued_at=past - timedelta(hours=2))
    return identity


@pytest.fixture
def needing_login(django_capture_on_commit_callbacks):
    """Return the identities that were signalled while a function ran."""

    def signalled(act):
        heard = []

        def note(identity, **kwargs):
            heard.append(identity)

        reauthorization_required.connect(note)
        committing = django_capture_on_commit_callbacks(execute=True)
        try:
            with committing, pytest.raises(TokenUnavailable):
                act()
        finally:
            reauthorization_required.disconnect(note)
        return heard

    return signalled


def refreshes(tiktok):
    asked = [request.fields.get("grant_type") for request in tiktok.requests]
    return asked.count("refresh_token")


def works(token, tiktok):
    return tiktok.bearer(token) is not None


# --- a token that works


def test_a_fresh_token_is_handed_out_as_it_is(identity, tiktok):
    tiktok.clear_requests()

    assert works(tokens.access_token(identity), tiktok)
    assert tiktok.requests == []


def test_a_fresh_token_costs_one_statement(identity, django_assert_num_queries):
    with django_assert_num_queries(1):
        tokens.access_token(identity)


def test_an_expired_token_is_renewed(expired, tiktok):
    assert works(tokens.access_token(expired), tiktok)


def test_the_new_pair_is_kept(expired, tiktok):
    token = tokens.access_token(expired)

    assert tokens.access_token(expired) == token
    assert refreshes(tiktok) == 1


def test_a_renewal_costs_at_most_four_statements(expired):
    with CaptureQueriesContext(connection) as ran:
        tokens.access_token(expired)

    cost = len([q for q in ran if "SAVEPOINT" not in q["sql"]])
    assert cost <= 4 + TO_LOCK_BY_KEYS


def test_the_second_renewal_uses_the_second_refresh_token(expired, tiktok):
    first = tokens.access_token(expired)
    tiktok.expire_access_tokens()
    expired.grants.update(access_expires_at=timezone.now())

    second = tokens.access_token(expired)

    assert second != first
    assert works(second, tiktok)


def test_a_user_will_do(identity):
    assert tokens.access_token(identity.account.user) == tokens.access_token(identity)


def test_access_token_has_an_async_twin(identity):
    assert async_to_sync(tokens.aaccess_token)(identity) == tokens.access_token(
        identity
    )


@pytest.mark.parametrize(
    ("lifetime", "left", "renewed"),
    [
        (7200, 601, False),
        (7200, 599, True),
        (60, 7, False),
        (60, 5, True),
    ],
)
def test_the_margin_is_ten_minutes_or_a_tenth_of_the_lifetime(
    identity, tiktok, monkeypatch, lifetime, left, renewed
):
    # No time passes: the margin is a second away.
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    ends = now + timedelta(seconds=left)
    issued = ends - timedelta(seconds=lifetime)
    identity.grants.update(access_expires_at=ends, issued_at=issued)

    tokens.access_token(identity)

    assert refreshes(tiktok) == renewed


@pytest.mark.parametrize(("minutes", "renewed"), [(100, False), (115, True)])
def test_a_lifetime_that_tiktok_did_not_name_is_taken_for_two_hours(
    identity, tiktok, minutes, renewed
):
    issued = timezone.now() - timedelta(minutes=minutes)
    identity.grants.update(access_expires_at=None, issued_at=issued)

    tokens.access_token(identity)

    assert refreshes(tiktok) == renewed


# --- which one


def test_a_scope_picks_the_grant_that_has_it(authorize, tiktok):
    authorize("mia")
    identity = Identity.objects.get()
    Grant.objects.create(
        identity=identity,
        scopes="user.info.open_id",
        **encrypted(identity, access_token="act.narrow"),
        issued_at=timezone.now(),
    )

    token = tokens.access_token(identity, "user.info.basic")

    assert tiktok.bearer(token).scopes == BASIC


@pytest.fixture
def narrow_too(authorize):
    """Mia with a broad grant and a newer, narrow one."""
    authorize("mia")
    identity = Identity.objects.get()
    Grant.objects.create(
        identity=identity,
        scopes="user.info.open_id",
        **encrypted(identity, access_token="act.narrow"),
        issued_at=timezone.now(),
    )
    return identity


def test_the_broadest_fresh_grant_is_used_without_a_scope(narrow_too, tiktok):
    assert tiktok.bearer(tokens.access_token(narrow_too)).scopes == BASIC


def test_a_call_gets_a_token_with_its_scope(narrow_too, tiktok):
    narrow_too.grants.exclude(scopes="user.info.open_id").update(
        access_expires_at=timezone.now()
    )

    token = tokens.call(narrow_too, str, "user.info.basic")

    assert tiktok.bearer(token).scopes == BASIC


def test_a_scope_of_a_user_without_grants_needs_a_login(identity):
    identity.grants.all().delete()

    with pytest.raises(ReauthorizationRequired) as caught:
        tokens.access_token(identity, "user.info.basic")

    assert caught.value.identity == identity


@pytest.mark.parametrize("state", [Identity.State.REMOVED, Identity.State.NEEDS_LOGIN])
def test_a_lost_grant_changes_no_identity_that_is_not_active(
    identity, send_code, needing_login, state
):
    send_code("noah", by=Client())
    identity.grants.all().end()
    Identity.objects.filter(pk=identity.pk).update(state=state)

    assert needing_login(lambda: tokens.access_token(identity)) == []
    identity.refresh_from_db()
    assert identity.state == state


def test_a_scope_that_was_not_granted_is_named(identity):
    with pytest.raises(ScopeNotGranted) as refused:
        tokens.access_token(identity, "user.info.basic")

    assert refused.value.scope == "user.info.basic"
    assert refused.value.identity == identity


def test_a_missing_scope_is_no_loss_of_the_login(identity):
    with pytest.raises(ScopeNotGranted):
        tokens.access_token(identity, "user.info.basic")

    identity.refresh_from_db()
    assert identity.state == Identity.State.ACTIVE


def test_the_next_best_grant_is_used_when_one_turns_out_dead(expired, tiktok):
    good = tiktok.issue_code(DRAMA, "mia")
    pair = tiktok.redeem_code(good, DRAMA)
    Grant.objects.create(
        identity=expired,
        scopes="",
        **encrypted(expired, refresh_token=pair.refresh_token),
        issued_at=timezone.now() - timedelta(days=1),
    )
    expired.grants.exclude(scopes="").update(refresh_expires_at=timezone.now())

    assert works(tokens.access_token(expired), tiktok)


def test_a_user_of_two_apps_needs_the_client_key(settings, authorize, local_user):
    settings.SOCIALACCOUNT_PROVIDERS = TWO_APPS
    authorize("mia", app=DRAMA)
    authorize("mia", app=GAME, process="connect")
    user = Identity.objects.first().account.user
    assert Identity.objects.filter(account__user=user).count() == 2

    several = r"^Several TikTok apps know this user: name a client_key\.$"
    with pytest.raises(ValueError, match=several):
        tokens.access_token(user)
    token = tokens.access_token(user, client_key=GAME)
    assert token == tokens.call(user, str, client_key=GAME)
    assert token != tokens.access_token(user, client_key=DRAMA)


@pytest.mark.parametrize("way", [tokens.access_token, partial(tokens.call, send=str)])
@pytest.mark.parametrize("visitor", [AnonymousUser(), SimpleLazyObject(AnonymousUser)])
def test_an_anonymous_visitor_has_no_token(db, way, visitor):
    with pytest.raises(ReauthorizationRequired) as caught:
        way(visitor)

    assert caught.value.identity is None


def test_a_row_of_another_model_has_no_token(identity):
    row = Group.objects.create(pk=identity.account.user_id, name="editors")

    with pytest.raises(ValueError, match="Must be"):
        tokens.access_token(row)


def test_a_user_without_tiktok_has_no_token(local_user):
    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(local_user)


# --- the end of a grant


def test_a_grant_that_tiktok_ended_is_marked_dead(expired, tiktok):
    tiktok.remove_app("mia", DRAMA)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(expired)

    grant = expired.grants.get()
    assert grant.dead_at
    assert grant.access_token is grant.refresh_token is None


def test_unusable_grant_signals_once_that_its_user_needs_a_login(
    expired, tiktok, needing_login
):
    tiktok.remove_app("mia", DRAMA)

    assert needing_login(lambda: tokens.access_token(expired)) == [expired]
    assert needing_login(lambda: tokens.access_token(expired)) == []
    assert Identity.objects.get().state == Identity.State.NEEDS_LOGIN


def test_tiktok_is_not_asked_again_about_a_dead_grant(expired, tiktok):
    tiktok.remove_app("mia", DRAMA)
    for _ in range(3):
        with pytest.raises(ReauthorizationRequired):
            tokens.access_token(expired)

    assert refreshes(tiktok) == 1


def test_the_next_login_makes_them_active_again(expired, tiktok, send_code):
    tiktok.remove_app("mia", DRAMA)
    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(expired)

    send_code("mia")

    expired.refresh_from_db()
    assert expired.state == Identity.State.ACTIVE
    assert works(tokens.access_token(expired), tiktok)


def test_an_expired_refresh_token_is_not_sent(expired, tiktok):
    expired.grants.update(refresh_expires_at=timezone.now())

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(expired)

    assert refreshes(tiktok) == 0


def test_tokens_that_no_key_opens_need_a_login(identity):
    with override_settings(SECRET_KEY=OTHER_KEY), pytest.raises(TokenUnavailable):
        tokens.access_token(identity)

    identity.refresh_from_db()
    assert identity.state == Identity.State.NEEDS_LOGIN


def test_tokens_that_no_key_opens_are_not_thrown_away(identity):
    with override_settings(SECRET_KEY=OTHER_KEY), pytest.raises(TokenUnavailable):
        tokens.access_token(identity)

    assert identity.grants.get().access_token


def test_user_without_a_grant_sends_no_signal_of_a_lost_one(identity):
    identity.grants.all().delete()

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(identity)

    identity.refresh_from_db()
    assert identity.state == Identity.State.ACTIVE


# --- TikTok cannot, just now


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("html_502", {}),
        ("rate_limited", {}),
        ("truncated_json", {}),
        ("other_open_id", {}),
        ("error", {"error": "invalid_request"}),
        ("error", {"error": "server_error"}),
    ],
)
def test_failures_without_a_refusal_keep_the_grant(expired, tiktok, kind, options):
    tiktok.order_fault(kind, **options)

    with pytest.raises(TikTokNotReached):
        tokens.access_token(expired)

    assert expired.grants.get().dead_at is None


def test_a_wait_that_tiktok_asks_for_is_passed_on(expired, tiktok):
    tiktok.order_fault("rate_limited", retry_after=17)

    with pytest.raises(TikTokNotReached) as refused:
        tokens.access_token(expired)

    assert refused.value.retry_after == 17


def test_a_refused_app_is_the_operator_s_matter(expired, tiktok):
    tiktok.order_fault("invalid_client")

    with pytest.raises(Misconfigured):
        tokens.access_token(expired)

    assert expired.grants.get().dead_at is None


def test_an_app_that_is_gone_keeps_its_grants(expired, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {}

    with pytest.raises(Misconfigured):
        tokens.access_token(expired)

    assert expired.grants.get().dead_at is None


def test_a_lost_answer_ends_as_a_need_for_a_login(expired, tiktok):
    # TikTok renewed the pair, and the answer with it never came.
    tiktok.order_fault("truncated_json")
    with pytest.raises(TikTokNotReached):
        tokens.access_token(expired)

    with pytest.raises(ReauthorizationRequired):
        tokens.access_token(expired)


# --- an API refuses the token


def test_a_refused_token_is_renewed_and_the_call_repeated(identity, tiktok):
    tiktok.expire_access_tokens()
    sent = []

    def send(token):
        sent.append(token)
        if not works(token, tiktok):
            raise AccessTokenInvalid("access_token_invalid")
        return "done"

    assert tokens.call(identity, send) == "done"
    assert len(sent) == 2


def test_a_response_that_refuses_the_token_counts_too(identity, tiktok, tiktok_server):
    tiktok.expire_access_tokens()

    response = tokens.call(identity, ask_for_user(tiktok_server))

    assert response.json()["error"]["code"] != "access_token_invalid"


def ask_for_user(server):
    def send(token):
        return requests.get(
            f"{server.url}/v2/user/info/?fields=open_id",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )

    return send


def test_a_call_is_repeated_once_only(identity):
    sent = []

    def send(token):
        sent.append(token)
        raise AccessTokenInvalid("access_token_invalid")

    with pytest.raises(AccessTokenInvalid):
        tokens.call(identity, send)
    assert len(set(sent)) == 2


def test_another_error_of_the_call_is_the_caller_s(identity, tiktok):
    def send(token):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tokens.call(identity, send)
    assert refreshes(tiktok) == 0


def test_a_refused_token_without_a_successor_needs_a_login(identity, tiktok):
    identity.grants.update(refresh_token=None)

    def send(token):
        raise AccessTokenInvalid("access_token_invalid")

    with pytest.raises(ReauthorizationRequired):
        tokens.call(identity, send)


def test_a_token_renewed_meanwhile_is_not_renewed_again(identity, tiktok):
    def send(token):
        if refreshes(tiktok):
            return token
        # Another caller fails too, and sooner.
        identity.grants.update(access_expires_at=timezone.now())
        tokens.access_token(identity)
        raise AccessTokenInvalid("access_token_invalid")

    tokens.call(identity, send)

    assert refreshes(tiktok) == 1


def test_one_call_finds_all_grants_unusable(send_code, authorize, tiktok):
    authorize("mia")
    send_code("mia")
    identity = Identity.objects.get()
    assert identity.grants.count() == 2
    tiktok.kill_tokens()

    def send(token):
        raise AccessTokenInvalid("access_token_invalid")

    with pytest.raises(ReauthorizationRequired):
        tokens.call(identity, send)
    assert not identity.grants.active().exists()


def test_another_grant_helps_where_the_first_is_dead(send_code, authorize, tiktok):
    authorize("mia")
    tiktok.kill_tokens()
    send_code("mia")

    def send(token):
        if not works(token, tiktok):
            raise AccessTokenInvalid("access_token_invalid")
        return "done"

    assert tokens.call(Identity.objects.get(), send) == "done"


def test_call_has_an_async_twin(identity):
    assert async_to_sync(tokens.acall)(identity, lambda token: "done") == "done"


# --- what TikTok answers


def test_an_answer_without_a_refresh_token_keeps_the_old_one(expired, tiktok):
    before = expired.grants.get().refresh_token
    tiktok.order_fault("missing_refresh_token")

    tokens.access_token(expired)

    assert expired.grants.get().refresh_token == before


def test_an_answer_with_other_scopes_takes_the_place_of_their_grant(expired, tiktok):
    Grant.objects.create(
        identity=expired, scopes="video.list", issued_at=timezone.now()
    )
    tiktok.order_fault("other_scope")

    tokens.access_token(expired)

    assert expired.grants.get().scopes == "video.list"


def test_an_answer_without_scopes_keeps_the_old_ones(expired, tiktok):
    tiktok.order_fault("missing_scope")

    tokens.access_token(expired)

    assert expired.grants.get().scopes == "user.info.open_id"


def test_secrets_stay_out_of_the_log(expired, tiktok, caplog):
    caplog.set_level("DEBUG")
    grant = expired.grants.get()
    secrets = [access(grant), refresh(grant)]
    tiktok.order_fault("html_502")
    with pytest.raises(TikTokNotReached):
        tokens.access_token(expired)
    secrets.append(tokens.access_token(expired))

    assert not [secret for secret in secrets if secret in caplog.text]


def test_dumpdata_leaves_the_renewed_tokens_out(expired, capsys):
    token = tokens.access_token(expired)

    call_command("dumpdata", "ttminis_auth", database=PEOPLE)

    assert token not in capsys.readouterr().out
