"""Staff can type, keep and replace secrets without seeing them."""

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


def test_an_empty_secret_input_keeps_the_secret(admin_client, at, row):
    before = stored(row)

    assert has_succeeded(admin_client.post(at(row, "change"), form_of(row)))
    secret = ("token", "token_secret", "secret", "settings")
    assert [stored(row).get(n) for n in secret] == [before.get(n) for n in secret]


def test_an_empty_token_input_does_not_overwrite_a_login_s_token(
    admin_client, at, token
):
    """The form is open, the user logs in, and the form is saved."""

    def log_in(**kwargs):
        SocialToken.objects.update(token=NEW)

    pre_save.connect(log_in, sender=SocialToken)
    admin_client.post(at(token, "change"), token_form(token))
    pre_save.disconnect(log_in, sender=SocialToken)

    assert stored(token)["token"] == NEW


def test_a_typed_token_is_stored(admin_client, at, token):
    assert has_succeeded(
        admin_client.post(at(token, "change"), token_form(token, token=NEW))
    )
    assert stored(token)["token"] == NEW


def test_a_typed_app_secret_is_stored(admin_client, token, app):
    url = f"/admin/stock/socialaccount/socialapp/{app.pk}/change/"

    assert has_succeeded(admin_client.post(url, app_form(app, secret=NEW)))
    assert stored(app)["secret"] == NEW


def test_an_app_secret_must_be_typed_again_for_another_server(
    staff, at, app, dummy_provider
):
    """The secret would be sent to a server of an attacker who changes the URL."""
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
def test_an_app_secret_must_be_typed_again_for_another_provider(
    staff, at, app, dummy_provider, kind
):
    SocialApp.objects.update(provider=dummy_provider)
    app.refresh_from_db()
    clerk = staff("change_socialapp", "view_socialapp")

    page = clerk.post(at(app, "change"), app_form(app, provider=kind))

    assert "secret" in page.context["adminform"].form.errors
    assert stored(app)["provider"] == dummy_provider


def test_history_of_a_changed_token_names_the_field_only(admin_client, at, token):
    admin_client.post(at(token, "change"), token_form(token, token=NEW))

    (changed,) = json.loads(LogEntry.objects.get().change_message)
    assert changed == {"changed": {"fields": ["Token"]}}
    assert "Changed Token" in admin_client.get(at(token, "history")).text


def test_a_token_can_be_added_in_the_admin(admin_client, token):
    SocialToken.objects.all().delete()
    data = token_form(token, token=NEW)

    admin_client.post("/admin/stock/socialaccount/socialtoken/add/", data)

    assert SocialToken.objects.get().token == NEW


def test_an_empty_token_cannot_be_added(admin_client, token):
    SocialToken.objects.all().delete()

    admin_client.post("/admin/stock/socialaccount/socialtoken/add/", token_form(token))

    assert not SocialToken.objects.exists()


@pytest.mark.parametrize("page", ["change", "add"])
def test_an_error_in_another_field_does_not_send_the_token_back(
    admin_client, token, page
):
    url = "/admin/stock/socialaccount/socialtoken/"
    url += f"{token.pk}/change/" if page == "change" else "add/"

    answer = admin_client.post(url, token_form(token, token=NEW, expires_at_0="never"))

    errors = answer.context["adminform"].form.errors
    assert errors["token"] == ["This was not saved yet; type it again."]
    assert stored(token)["token"] == ACCESS


def test_a_secret_longer_than_its_column_is_refused(admin_client, app):
    url = f"/admin/stock/socialaccount/socialapp/{app.pk}/change/"

    answer = admin_client.post(url, app_form(app, secret=PLANTED * 20))

    assert "secret" in answer.context["adminform"].form.errors


def test_a_token_must_be_typed_again_to_save_as_new(admin_client, token):
    other = SocialAccount.objects.create(user=token.account.user, provider="x", uid="2")
    data = token_form(token, account=other.pk, _saveasnew="1")

    answer = admin_client.post(
        f"/admin/project/socialaccount/socialtoken/{token.pk}/change/", data
    )

    assert "token" in answer.context["adminform"].form.errors


def test_a_popup_response_shows_no_token(admin_client, at, token):
    data = token_form(token, token=NEW, _popup="1")

    assert "popup_response" in str(admin_client.post(at(token, "change"), data).text)


@pytest.fixture
def read_after_deletion():
    """Collect the tokens that a ``post_delete`` receiver can revoke."""
    read = []

    def receive(instance, **kwargs):
        read.append(instance.token)

    post_delete.connect(receive, sender=SocialToken)
    yield read
    post_delete.disconnect(receive, sender=SocialToken)


def test_a_post_delete_receiver_can_read_the_token(
    admin_client, at, token, read_after_deletion
):
    admin_client.post(at(token, "delete"), {"post": "yes"})

    assert read_after_deletion == [ACCESS]


def test_a_post_delete_receiver_can_read_each_token_of_many(
    admin_client, at, token, read_after_deletion
):
    data = {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"}

    admin_client.post(at(token), data)

    assert read_after_deletion == [ACCESS]


def test_a_secret_cannot_be_changed_in_the_list(admin_client, token):
    fields = {"id": token.pk, "token_secret": NEW, "expires_at_0": "2030-01-01"}
    data = {f"form-0-{name}": value for name, value in fields.items()}
    data |= {"form-0-expires_at_1": "00:00", "_save": "Save"}
    data |= {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1}

    admin_client.post("/admin/project/socialaccount/socialtoken/", data)

    assert stored(token)["expires_at"].year == 2030
    assert stored(token)["token_secret"] == REFRESH
