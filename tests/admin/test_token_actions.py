"""Actions on an identity's tokens, profile and sessions, from the button to TikTok."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete, pre_save
from django.test import Client
from django.utils import timezone

from tests.admin.conftest import logged_in
from tests.admin.pages import (
    button_of,
    can_confirm,
    confirm,
    do_many,
    form_of,
    history,
    page_of,
    said,
)
from tests.fixtures import DRAMA
from tests.grants import access, encrypted
from tests.sessions import is_logged_in
from ttminis_auth.admin import IdentityAdmin, LinkingConflictAdmin
from ttminis_auth.core import session_search
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.removal.admin_log import KINDS

pytestmark = pytest.mark.django_db


def fail(*args, **kwargs):
    raise LookupError("act.secret")


@pytest.fixture
def mia(authorize):
    """An identity that has logged in and consented at the simulated TikTok."""
    authorize("mia")
    return Identity.objects.get()


def test_a_confirmation_page_says_what_will_happen_and_does_nothing(desk, mia):
    before = Grant.objects.get().issued_at

    page = desk.get(button_of(mia, "refresh"))

    assert "TikTok is asked for new tokens" in page.content.decode()
    assert can_confirm(page)
    assert Grant.objects.get().issued_at == before


def test_tokens_are_refreshed_at_tiktok(desk, mia):
    before = access(Grant.objects.get())

    page = confirm(desk, mia, "refresh")

    assert said(page) == ["Tokens: 1 refreshed, 0 dead."]
    assert access(Grant.objects.get()) != before


def test_finished_action_is_in_the_history(desk, operator, mia):
    confirm(desk, mia, "refresh")

    assert history(mia) == ["Tokens: 1 refreshed, 0 dead."]
    assert LogEntry.objects.get().user == operator


def test_tokens_that_tiktok_takes_no_more_are_dead_afterwards(desk, mia, tiktok):
    tiktok.kill_tokens("mia", DRAMA)

    page = confirm(desk, mia, "refresh")

    assert said(page) == ["Tokens: 0 refreshed, 1 dead."]
    assert Identity.objects.get().state == "needs_login"


def test_nothing_is_refreshed_where_no_token_lives(desk, person):
    mia = person(grant=None)

    page = confirm(desk, mia, "refresh")

    assert said(page) == ["No token is alive. Only a new login helps."]
    assert history(mia) == []


@pytest.mark.parametrize("action", ["refresh", "fetch_profile", "revoke"])
def test_an_outage_is_reported_and_changes_nothing(desk, mia, tiktok, action):
    for endpoint in ("token", "user_info", "revoke"):
        tiktok.order_fault("server_error", endpoint=endpoint, times=9)

    page = confirm(desk, mia, action)

    assert said(page) == ["TikTok cannot be reached right now."]
    assert (Identity.objects.get().state, history(mia)) == ("active", [])


def test_message_differs_for_a_refused_app_and_an_outage(desk, mia, settings):
    del settings.SOCIALACCOUNT_PROVIDERS

    page = confirm(desk, mia, "refresh")

    assert said(page) == ["TikTok refuses the key or the secret of the app."]


def test_the_profile_is_fetched_anew(desk, mia):
    SocialAccount.objects.update(extra_data={"open_id": mia.open_id})

    page = confirm(desk, mia, "fetch_profile")

    assert said(page) == ["The profile was fetched."]
    assert SocialAccount.objects.get().extra_data["display_name"]


def test_tiktok_is_not_asked_for_a_profile_that_was_never_shared(desk, send_code):
    send_code("mia")

    page = confirm(desk, Identity.objects.get(), "fetch_profile")

    assert said(page) == ["They have not agreed to share it, or no longer."]


def test_revoking_takes_the_app_off_the_persons_list(desk, mia, tiktok):
    confirm(desk, mia, "revoke")

    mia.refresh_from_db()
    assert tiktok.count("revoke", status=200) == 1
    assert (mia.state, mia.health) == ("removed", "dead")


def test_sessions_end_on_all_devices(desk, mia, client):
    assert is_logged_in(client)

    page = confirm(desk, mia, "end_sessions")

    assert said(page) == ["The sessions that began in a mini app have ended."]
    assert not is_logged_in(client)


def test_a_password_session_stays_unless_asked_for(desk, mia):
    user = mia.account.user
    elsewhere = Client()
    elsewhere.force_login(user, "django.contrib.auth.backends.ModelBackend")

    confirm(desk, mia, "end_sessions")
    assert is_logged_in(elsewhere)
    page = confirm(desk, mia, "end_sessions", everywhere="on")

    assert said(page)[0].endswith("2 sessions were found in all, and deleted.")
    assert not is_logged_in(elsewhere)


def test_sessions_that_cannot_be_found_are_not_reported_as_ended(
    mia, operator, settings, send_code
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    desk, page_of_mia = logged_in(operator), Client()
    send_code("mia", by=page_of_mia)

    asked = desk.get(button_of(mia, "end_sessions"))
    page = confirm(desk, mia, "end_sessions", everywhere="on")

    assert "Others cannot be found" in asked.content.decode()
    assert said(page) == history(mia)
    assert said(page)[0].endswith("All others go on: they cannot be found.")
    assert not is_logged_in(page_of_mia)


def test_failure_of_a_session_store_is_reported(desk, mia, client, monkeypatch):
    monkeypatch.setattr(session_search, "find", fail)

    page = confirm(desk, mia, "end_sessions", everywhere="on")

    assert said(page)[0].endswith("The search for others failed: LookupError.")
    assert not is_logged_in(client)


def test_action_that_fails_after_a_revocation_is_reported(desk, mia, settings):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    pre_save.connect(fail, sender=get_user_model())
    try:
        page = confirm(desk, mia, "revoke")
    finally:
        pre_save.disconnect(fail, sender=get_user_model())

    assert said(page)[0].endswith("What was to follow failed: deactivate: LookupError.")
    assert not Grant.objects.get().access_token


def test_erasing_says_so_where_other_sessions_may_go_on(mia, operator, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    page = confirm(logged_in(operator), mia, "erase")

    assert "outside of the mini apps may go on" in said(page)[0]


def test_erasing_leaves_no_row_and_no_name(desk, mia):
    user = mia.account.user

    page = confirm(desk, mia, "erase")

    assert said(page)
    assert not Identity.objects.exists()
    assert not SocialAccount.objects.exists()
    assert get_user_model().objects.filter(pk=user.pk).exists()


def test_history_of_an_erased_identity_can_still_be_read(desk, mia):
    confirm(desk, mia, "refresh")
    confirm(desk, mia, "erase")

    data = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert data[0] == "refresh"


@pytest.mark.parametrize("admin", [IdentityAdmin, LinkingConflictAdmin])
def test_the_history_knows_each_kind_of_thing(admin):
    assert {action.name for action in admin.row_actions} <= {*KINDS}


def test_the_history_of_an_erasure_does_not_say_who(desk, mia):
    confirm(desk, mia, "refresh")
    confirm(desk, mia, "erase")

    texts = str(LogEntry.objects.values_list("object_repr", "change_message"))
    assert LogEntry.objects.filter(object_id=mia.pk).count() == 2
    assert mia.open_id not in texts


def test_the_user_goes_too_if_asked_for(desk, mia):
    user = mia.account.user

    confirm(desk, mia, "erase", revoke="on", delete_user="on")

    assert not get_user_model().objects.filter(username=user.username).exists()


def test_operator_who_may_not_delete_users_is_not_asked_about_it(staff, mia):
    browser = staff("view_identity", "erase_identity")

    page = browser.get(button_of(mia, "erase"))

    assert "delete_user" not in page.content.decode()


def test_a_user_with_things_of_their_own_is_not_erased(desk, mia):
    user = mia.account.user
    user.set_password("their own")
    user.save()

    page = confirm(desk, mia, "erase", revoke="on", delete_user="on")

    assert said(page) == ["the user has a password"]
    assert Identity.objects.exists()


def test_an_erasure_that_failed_after_a_revocation_is_in_the_history(desk, mia):
    def protect(instance, **kwargs):
        raise ProtectedError("needed", {mia.account.user})

    pre_delete.connect(protect, sender=Identity)
    try:
        page = confirm(desk, mia, "erase", revoke="on")
    finally:
        pre_delete.disconnect(protect, sender=Identity)

    text = (
        "rows of auth.User protect it. The tokens may have been given back to TikTok "
        "already."
    )
    assert (said(page), history(mia)) == ([text], [text])


def test_the_page_has_a_button_for_each_action(desk, mia):
    text = desk.get(page_of(mia)).content.decode()

    for action in ("refresh", "fetch_profile", "revoke", "end_sessions", "erase"):
        assert button_of(mia, action) in text


@pytest.mark.parametrize("policy", ["report", "merge"])
def test_page_says_that_fetching_a_profile_may_merge_users(desk, mia, settings, policy):
    settings.TTMINIS_UNION_LINKING = policy

    text = desk.get(button_of(mia, "fetch_profile")).content.decode()

    assert ("the two users are merged" in text) is (policy == "merge")


TAKING = ["revoke", "end_sessions", "erase"]
MOVED = "It was changed meanwhile, and is linked to olga. Look again."


@pytest.mark.parametrize("action", TAKING)
def test_a_confirmed_action_is_done_to_no_other_user(
    desk, mia, local_user, action, tiktok
):
    data = form_of(desk.get(button_of(mia, action)))
    SocialAccount.objects.update(user=local_user)

    page = desk.post(button_of(mia, action), {**data, "confirmed": 1}, follow=True)

    assert said(page) == [MOVED]
    assert (tiktok.count("revoke"), history(mia)) == (0, [])
    assert Identity.objects.get().state == "active"


@pytest.mark.parametrize("action", TAKING)
def test_a_page_that_is_asked_for_again_offers_no_other_user(
    desk, mia, local_user, action
):
    data = form_of(desk.get(button_of(mia, action)))
    SocialAccount.objects.update(user=local_user)

    page = desk.post(button_of(mia, action), data)

    assert MOVED in page.content.decode()
    assert not can_confirm(page)


@pytest.fixture
def moved_while_tiktok_is_told(monkeypatch):
    """Let the identity go to another user between the check and the work."""
    give_back = deauthorize.revoke_tokens

    def begin(user):
        def give_back_and_move(identity):
            given = give_back(identity)
            SocialAccount.objects.update(user=user)
            return given

        for module in (deauthorize, erasure):
            monkeypatch.setattr(module, "revoke_tokens", give_back_and_move)

    return begin


@pytest.mark.parametrize("action", ["revoke", "erase"])
def test_user_who_gets_the_identity_meanwhile_keeps_it(
    desk, mia, local_user, action, settings, moved_while_tiktok_is_told
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    moved_while_tiktok_is_told(local_user)

    page = confirm(desk, mia, action, revoke="on")

    expected = [f"{MOVED} The tokens may have been given back to TikTok already."]
    assert said(page) == history(mia) == expected
    assert Identity.objects.get().state == "active"
    assert get_user_model().objects.get(pk=local_user.pk).is_active


def test_an_erasure_refused_before_a_revocation_is_not_in_the_history(
    desk, mia, local_user, monkeypatch
):
    data = form_of(desk.get(button_of(mia, "erase")))
    del data["revoke"]
    locked = erasure.locked

    def moved_and_locked(identity):
        SocialAccount.objects.update(user=local_user)
        return locked(identity)

    monkeypatch.setattr(erasure, "locked", moved_and_locked)
    page = desk.post(button_of(mia, "erase"), {**data, "confirmed": 1}, follow=True)

    assert (said(page), history(mia)) == ([MOVED], [])


@pytest.mark.parametrize("action", ["revoke", "erase"])
def test_among_many_a_superuser_of_that_moment_is_safe(
    staff, mia, person, operator, action, moved_while_tiktok_is_told
):
    browser = staff("view_identity", f"{action}_identity")
    moved_while_tiktok_is_told(operator)
    rows = mia, person("finn", grant=None)

    page = do_many(browser, action, rows, revoke="on")

    assert "operator is staff: only a superuser can do this." in str(said(page))
    assert Identity.objects.get(pk=mia.pk).state == "active"


def test_refreshes_before_an_outage_are_in_the_history(desk, mia, tiktok):
    Grant.objects.create(
        identity=mia,
        scopes="user.info.other",
        **encrypted(mia, access_token="act.unknown", refresh_token="rft.unknown"),
        issued_at=timezone.now(),
    )
    tiktok.order_fault("slow", seconds=0)
    tiktok.order_fault("html_502")

    page = confirm(desk, mia, "refresh")

    expected = ["Tokens: 1 refreshed, 0 dead. TikTok cannot be reached right now."]
    assert said(page) == history(mia) == expected
    assert "error" in [message.tags for message in page.context["messages"]]
