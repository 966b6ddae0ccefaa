"""Actions on tokens, profile and sessions, from the button to TikTok."""

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
    messages_of,
    page_of,
)
from tests.fixtures import DRAMA
from tests.grants import access, encrypted
from tests.sessions import is_logged_in
from ttminis_auth.admin import IdentityAdmin, LinkingConflictAdmin
from ttminis_auth.core import session_search
from ttminis_auth.models import Grant, Identity
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.removal.admin_log import KINDS
from ttminis_auth.signals import authorization_removed

pytestmark = pytest.mark.django_db


def fail(*args, **kwargs):
    raise LookupError("act.secret")


@pytest.fixture
def mia(authorize):
    """An identity that logged in and consented at the simulated TikTok."""
    authorize("mia")
    return Identity.objects.get()


def test_a_confirmation_page_describes_the_action_and_changes_nothing(
    admin_client, mia
):
    before = Grant.objects.get().issued_at

    page = admin_client.get(button_of(mia, "refresh"))

    assert "TikTok is asked for new tokens" in page.content.decode()
    assert can_confirm(page)
    assert Grant.objects.get().issued_at == before


def test_the_refresh_action_gets_new_tokens_from_tiktok(admin_client, mia):
    before = access(Grant.objects.get())

    page = confirm(admin_client, mia, "refresh")

    assert messages_of(page) == ["Tokens: 1 refreshed, 0 dead."]
    assert access(Grant.objects.get()) != before


def test_the_refresh_action_is_in_the_history(admin_client, operator, mia):
    confirm(admin_client, mia, "refresh")

    assert history(mia) == ["Tokens: 1 refreshed, 0 dead."]
    assert LogEntry.objects.get().user == operator


def test_the_refresh_action_marks_rejected_tokens_as_revoked(admin_client, mia, tiktok):
    tiktok.kill_tokens("mia", DRAMA)

    page = confirm(admin_client, mia, "refresh")

    assert messages_of(page) == ["Tokens: 0 refreshed, 1 dead."]
    assert Identity.objects.get().state == "needs_login"


def test_the_refresh_action_needs_an_active_token(admin_client, person):
    mia = person(grant=None)

    page = confirm(admin_client, mia, "refresh")

    assert messages_of(page) == ["No token is alive. Only a new login helps."]
    assert history(mia) == []


@pytest.mark.parametrize("action", ["refresh", "fetch_profile", "revoke"])
def test_an_outage_is_reported_and_changes_nothing(admin_client, mia, tiktok, action):
    for endpoint in ("token", "user_info", "revoke"):
        tiktok.order_fault("server_error", endpoint=endpoint, times=9)

    page = confirm(admin_client, mia, action)

    assert messages_of(page) == ["TikTok cannot be reached right now."]
    assert (Identity.objects.get().state, history(mia)) == ("active", [])


def test_refused_app_credentials_are_reported_as_such(admin_client, mia, settings):
    del settings.SOCIALACCOUNT_PROVIDERS

    page = confirm(admin_client, mia, "refresh")

    assert messages_of(page) == ["TikTok refuses the key or the secret of the app."]


def test_the_fetch_profile_action_stores_the_profile(admin_client, mia):
    SocialAccount.objects.update(extra_data={"open_id": mia.open_id})

    page = confirm(admin_client, mia, "fetch_profile")

    assert messages_of(page) == ["The profile was fetched."]
    assert SocialAccount.objects.get().extra_data["display_name"]


def test_a_profile_without_consent_is_not_fetched(admin_client, send_code):
    send_code("mia")

    page = confirm(admin_client, Identity.objects.get(), "fetch_profile")

    assert messages_of(page) == ["They have not agreed to share it, or no longer."]


def test_the_revoke_action_revokes_at_tiktok_and_removes_the_identity(
    admin_client, mia, tiktok
):
    confirm(admin_client, mia, "revoke")

    mia.refresh_from_db()
    assert tiktok.count("revoke", status=200) == 1
    assert (mia.state, mia.health) == ("removed", "dead")


def test_the_end_sessions_action_ends_mini_app_sessions_on_all_devices(
    admin_client, mia, client
):
    assert is_logged_in(client)

    page = confirm(admin_client, mia, "end_sessions")

    assert messages_of(page) == ["The sessions that began in a mini app have ended."]
    assert not is_logged_in(client)


def test_a_session_by_password_ends_only_if_the_operator_asks_for_it(admin_client, mia):
    user = mia.account.user
    elsewhere = Client()
    elsewhere.force_login(user, "django.contrib.auth.backends.ModelBackend")

    confirm(admin_client, mia, "end_sessions")
    assert is_logged_in(elsewhere)
    page = confirm(admin_client, mia, "end_sessions", everywhere="on")

    assert messages_of(page)[0].endswith("2 sessions were found in all, and deleted.")
    assert not is_logged_in(elsewhere)


def test_sessions_that_cannot_be_found_are_not_reported_as_ended(
    mia, operator, settings, send_code
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    admin_client, page_of_mia = logged_in(operator), Client()
    send_code("mia", by=page_of_mia)

    asked = admin_client.get(button_of(mia, "end_sessions"))
    page = confirm(admin_client, mia, "end_sessions", everywhere="on")

    assert "Others cannot be found" in asked.content.decode()
    assert messages_of(page) == history(mia)
    assert messages_of(page)[0].endswith("All others go on: they cannot be found.")
    assert not is_logged_in(page_of_mia)


def test_a_failure_of_the_session_store_is_reported(
    admin_client, mia, client, monkeypatch
):
    monkeypatch.setattr(session_search, "find", fail)

    page = confirm(admin_client, mia, "end_sessions", everywhere="on")

    assert messages_of(page)[0].endswith("The search for others failed: LookupError.")
    assert not is_logged_in(client)


def test_a_removal_action_that_fails_after_a_revocation_is_reported(
    admin_client, mia, settings
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    pre_save.connect(fail, sender=get_user_model())
    try:
        page = confirm(admin_client, mia, "revoke")
    finally:
        pre_save.disconnect(fail, sender=get_user_model())

    assert messages_of(page)[0].endswith(
        "What was to follow failed: deactivate: LookupError."
    )
    assert not Grant.objects.get().access_token


def test_an_erasure_reports_that_other_sessions_may_go_on(mia, operator, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"

    page = confirm(logged_in(operator), mia, "erase")

    assert "outside of the mini apps may go on" in messages_of(page)[0]


def test_an_erasure_deletes_identity_and_account_and_keeps_the_user(admin_client, mia):
    user = mia.account.user

    page = confirm(admin_client, mia, "erase")

    assert messages_of(page)
    assert not Identity.objects.exists()
    assert not SocialAccount.objects.exists()
    assert get_user_model().objects.filter(pk=user.pk).exists()


def test_history_of_an_erased_identity_still_names_earlier_actions(admin_client, mia):
    confirm(admin_client, mia, "refresh")
    confirm(admin_client, mia, "erase")

    texts = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert texts[0] == "refresh"


@pytest.mark.parametrize("admin", [IdentityAdmin, LinkingConflictAdmin])
def test_history_knows_each_kind_of_action(admin):
    assert {action.name for action in admin.row_actions} <= {*KINDS}


def test_history_of_an_erasure_does_not_keep_the_open_id(admin_client, mia):
    confirm(admin_client, mia, "refresh")
    confirm(admin_client, mia, "erase")

    texts = str(LogEntry.objects.values_list("object_repr", "change_message"))
    assert LogEntry.objects.filter(object_id=mia.pk).count() == 2
    assert mia.open_id not in texts


@pytest.mark.django_db(transaction=True)
def test_history_does_not_keep_the_open_id_of_who_is_erased_by_a_receiver(
    admin_client, mia, hear
):
    hear(authorization_removed, lambda identity, **kwargs: erasure.erase(identity))

    confirm(admin_client, mia, "revoke")

    assert history(mia) == ["The tokens were revoked."]
    assert mia.open_id not in LogEntry.objects.get().object_repr


def test_an_erasure_deletes_the_user_if_the_operator_asks_for_it(admin_client, mia):
    user = mia.account.user

    confirm(admin_client, mia, "erase", revoke="on", delete_user="on")

    assert not get_user_model().objects.filter(username=user.username).exists()


def test_deleting_the_user_is_offered_only_with_the_permission(staff, mia):
    browser = staff("view_identity", "erase_identity")

    page = browser.get(button_of(mia, "erase"))

    assert "delete_user" not in page.content.decode()


def test_a_user_with_a_password_is_not_deleted_by_an_erasure(admin_client, mia):
    user = mia.account.user
    user.set_password("their own")
    user.save()

    page = confirm(admin_client, mia, "erase", revoke="on", delete_user="on")

    assert messages_of(page) == ["the user has a password"]
    assert Identity.objects.exists()


def test_an_erasure_that_fails_after_revoking_is_in_the_history(admin_client, mia):
    def protect(instance, **kwargs):
        raise ProtectedError("needed", {mia.account.user})

    pre_delete.connect(protect, sender=Identity)
    try:
        page = confirm(admin_client, mia, "erase", revoke="on")
    finally:
        pre_delete.disconnect(protect, sender=Identity)

    text = (
        "rows of auth.User protect it. The tokens may have been given back to TikTok "
        "already."
    )
    assert (messages_of(page), history(mia)) == ([text], [text])


def test_identity_page_has_a_button_for_each_action(admin_client, mia):
    text = admin_client.get(page_of(mia)).content.decode()

    for action in ("refresh", "fetch_profile", "revoke", "end_sessions", "erase"):
        assert button_of(mia, action) in text


@pytest.mark.parametrize("policy", ["report", "merge"])
def test_the_fetch_profile_page_warns_of_a_merge(admin_client, mia, settings, policy):
    settings.TTMINIS_UNION_LINKING = policy

    text = admin_client.get(button_of(mia, "fetch_profile")).content.decode()

    assert ("the two users are merged" in text) is (policy == "merge")


ENDING = ["revoke", "end_sessions", "erase"]
MOVED = "It was changed meanwhile, and is linked to olga. Look again."


@pytest.mark.parametrize("action", ENDING)
def test_an_action_is_refused_if_the_user_changed_since_its_page(
    admin_client, mia, local_user, action, tiktok
):
    data = form_of(admin_client.get(button_of(mia, action)))
    SocialAccount.objects.update(user=local_user)

    page = admin_client.post(
        button_of(mia, action), {**data, "confirmed": 1}, follow=True
    )

    assert messages_of(page) == [MOVED]
    assert (tiktok.count("revoke"), history(mia)) == (0, [])
    assert Identity.objects.get().state == "active"


@pytest.mark.parametrize("action", ENDING)
def test_a_reloaded_page_cannot_be_confirmed_for_another_user(
    admin_client, mia, local_user, action
):
    data = form_of(admin_client.get(button_of(mia, action)))
    SocialAccount.objects.update(user=local_user)

    page = admin_client.post(button_of(mia, action), data)

    assert MOVED in page.content.decode()
    assert not can_confirm(page)


@pytest.fixture
def relinked_during_revocation(monkeypatch):
    """Link the identity to another user while its tokens are revoked at TikTok."""
    revoke_tokens = deauthorize.revoke_tokens

    def begin(user):
        def revoke_and_relink(identity):
            result = revoke_tokens(identity)
            SocialAccount.objects.update(user=user)
            return result

        for module in (deauthorize, erasure):
            monkeypatch.setattr(module, "revoke_tokens", revoke_and_relink)

    return begin


@pytest.mark.parametrize("action", ["revoke", "erase"])
def test_a_user_who_gets_the_identity_during_a_revocation_keeps_it(
    admin_client, mia, local_user, action, settings, relinked_during_revocation
):
    settings.TTMINIS_REMOVAL_ACTIONS = {"default": ["deactivate"]}
    relinked_during_revocation(local_user)

    page = confirm(admin_client, mia, action, revoke="on")

    expected = [f"{MOVED} The tokens may have been given back to TikTok already."]
    assert messages_of(page) == history(mia) == expected
    assert Identity.objects.get().state == "active"
    assert get_user_model().objects.get(pk=local_user.pk).is_active


def test_an_erasure_refused_before_revoking_is_not_in_the_history(
    admin_client, mia, local_user, monkeypatch
):
    data = form_of(admin_client.get(button_of(mia, "erase")))
    del data["revoke"]
    locked = erasure.locked

    def relinked_and_locked(identity):
        SocialAccount.objects.update(user=local_user)
        return locked(identity)

    monkeypatch.setattr(erasure, "locked", relinked_and_locked)
    page = admin_client.post(
        button_of(mia, "erase"), {**data, "confirmed": 1}, follow=True
    )

    assert (messages_of(page), history(mia)) == ([MOVED], [])


@pytest.mark.parametrize("action", ["revoke", "erase"])
def test_a_superuser_who_gets_the_identity_among_many_is_not_touched(
    staff, mia, person, operator, action, relinked_during_revocation
):
    browser = staff("view_identity", f"{action}_identity")
    relinked_during_revocation(operator)
    rows = mia, person("finn", grant=None)

    page = do_many(browser, action, rows, revoke="on")

    assert "operator is staff: only a superuser can do this." in str(messages_of(page))
    assert Identity.objects.get(pk=mia.pk).state == "active"


def test_tokens_refreshed_before_an_outage_are_in_the_history(
    admin_client, mia, tiktok
):
    Grant.objects.create(
        identity=mia,
        scopes="user.info.other",
        **encrypted(mia, access_token="act.unknown", refresh_token="rft.unknown"),
        issued_at=timezone.now(),
    )
    tiktok.order_fault("slow", seconds=0)
    tiktok.order_fault("html_502")

    page = confirm(admin_client, mia, "refresh")

    expected = ["Tokens: 1 refreshed, 0 dead. TikTok cannot be reached right now."]
    assert messages_of(page) == history(mia) == expected
    assert "error" in [message.tags for message in page.context["messages"]]
