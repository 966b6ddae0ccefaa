"""Secrets are typed, kept and replaced without being shown."""

import json

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_delete, pre_save

from tests.admin.guard import PLANTED
from tests.admin.secrets.rows import (
    ACCESS,
    NEW,
    REFRESH,
    SETTINGS,
    SHOWN,
    app_form,
    form_of,
    has_succeeded,
    stored,
    token_form,
)


def test_secret_that_is_left_empty_is_kept(desk, at, row):
    before = stored(row)

    assert has_succeeded(desk.post(at(row, "change"), form_of(row)))
    secret = ("token", "token_secret", "secret", "settings")
    assert [stored(row).get(n) for n in secret] == [before.get(n) for n in secret]


def test_empty_secret_does_not_overwrite_the_token_of_a_login(desk, at, token):
    """The form is open, a user logs in, and the form is saved."""

    def log_in(**kwargs):
        SocialToken.objects.update(token=NEW)

    pre_save.connect(log_in, sender=SocialToken)
    desk.post(at(token, "change"), token_form(token))
    pre_save.disconnect(log_in, sender=SocialToken)

    assert stored(token)["token"] == NEW


def test_secret_that_is_typed_is_stored(desk, at, token):
    assert has_succeeded(desk.post(at(token, "change"), token_form(token, token=NEW)))
    assert stored(token)["token"] == NEW


def test_a_typed_secret_of_an_app_is_stored(desk, token, app):
    url = f"/admin/stock/socialaccount/socialapp/{app.pk}/change/"

    assert has_succeeded(desk.post(url, app_form(app, secret=NEW)))
    assert stored(app)["secret"] == NEW


def test_a_secret_is_not_kept_for_another_purpose(staff, at, app, dummy_provider):
    """It would be sent to a server of the operator who typed this."""
    SocialApp.objects.update(provider=dummy_provider)
    app.refresh_from_db()
    clerk = staff("change_socialapp", "view_socialapp")
    moved = json.dumps(SHOWN | {"server_url": "https://evil.example"})

    page = clerk.post(at(app, "change"), app_form(app, settings=moved))

    assert "secret" in page.context["adminform"].form.errors
    assert stored(app)["settings"] == SETTINGS
    typed = app_form(app, settings=moved, secret=NEW)
    assert has_succeeded(clerk.post(at(app, "change"), typed))


@pytest.mark.parametrize("kind", ["ttminis", "tiktok"])
def test_a_secret_is_not_kept_for_another_kind_of_app(
    staff, at, app, dummy_provider, kind
):
    SocialApp.objects.update(provider=dummy_provider)
    app.refresh_from_db()
    clerk = staff("change_socialapp", "view_socialapp")

    page = clerk.post(at(app, "change"), app_form(app, provider=kind))

    assert "secret" in page.context["adminform"].form.errors
    assert stored(app)["provider"] == dummy_provider


def test_history_names_the_column_only(desk, at, token):
    desk.post(at(token, "change"), token_form(token, token=NEW))

    (changed,) = json.loads(LogEntry.objects.get().change_message)
    assert changed == {"changed": {"fields": ["Token"]}}
    assert "Changed Token" in desk.get(at(token, "history")).text


def test_a_token_can_be_added_by_hand(desk, token):
    SocialToken.objects.all().delete()
    data = token_form(token, token=NEW)

    desk.post("/admin/stock/socialaccount/socialtoken/add/", data)

    assert SocialToken.objects.get().token == NEW


def test_a_token_cannot_be_added_without_one(desk, token):
    SocialToken.objects.all().delete()

    desk.post("/admin/stock/socialaccount/socialtoken/add/", token_form(token))

    assert not SocialToken.objects.exists()


@pytest.mark.parametrize("page", ["change", "add"])
def test_an_error_elsewhere_does_not_send_it_back(desk, token, page):
    url = "/admin/stock/socialaccount/socialtoken/"
    url += f"{token.pk}/change/" if page == "change" else "add/"

    answer = desk.post(url, token_form(token, token=NEW, expires_at_0="never"))

    errors = answer.context["adminform"].form.errors
    assert errors["token"] == ["This was not saved yet; type it again."]
    assert stored(token)["token"] == ACCESS


def test_a_column_s_limit_still_counts(desk, app):
    url = f"/admin/stock/socialaccount/socialapp/{app.pk}/change/"

    answer = desk.post(url, app_form(app, secret=PLANTED * 20))

    assert "secret" in answer.context["adminform"].form.errors


def test_saved_as_new_it_has_to_be_typed(desk, token):
    other = SocialAccount.objects.create(user=token.account.user, provider="x", uid="2")
    data = token_form(token, account=other.pk, _saveasnew="1")

    answer = desk.post(
        f"/admin/project/socialaccount/socialtoken/{token.pk}/change/", data
    )

    assert "token" in answer.context["adminform"].form.errors


def test_a_popup_gets_the_name_only(desk, at, token):
    data = token_form(token, token=NEW, _popup="1")

    assert "popup_response" in str(desk.post(at(token, "change"), data).text)


@pytest.fixture
def read_after_deletion():
    """What a receiver finds that would give a token back."""
    read = []

    def receive(instance, **kwargs):
        read.append(instance.token)

    post_delete.connect(receive, sender=SocialToken)
    yield read
    post_delete.disconnect(receive, sender=SocialToken)


def test_a_receiver_of_the_deletion_finds_the_token(
    desk, at, token, read_after_deletion
):
    desk.post(at(token, "delete"), {"post": "yes"})

    assert read_after_deletion == [ACCESS]


def test_a_receiver_finds_the_tokens_when_many_are_deleted(
    desk, at, token, read_after_deletion
):
    data = {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"}

    desk.post(at(token), data)

    assert read_after_deletion == [ACCESS]


def test_a_list_takes_no_secret(desk, token):
    fields = {"id": token.pk, "token_secret": NEW, "expires_at_0": "2030-01-01"}
    data = {f"form-0-{name}": value for name, value in fields.items()}
    data |= {"form-0-expires_at_1": "00:00", "_save": "Save"}
    data |= {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1}

    desk.post("/admin/project/socialaccount/socialtoken/", data)

    assert stored(token)["expires_at"].year == 2030
    assert stored(token)["token_secret"] == REFRESH
