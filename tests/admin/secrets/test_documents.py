"""Staff can edit the settings of an app without seeing the secrets in them."""

import json

import pytest
from allauth.socialaccount.models import SocialApp
from django.contrib.admin.models import LogEntry

from tests.admin.guard import PLANTED
from tests.admin.secrets.rows import NEW, SETTINGS, SHOWN, app_form, stored
from ttminis_auth.admin import hide_secrets as secrets
from ttminis_auth.admin.secret_forms import AGAIN, MASK


@pytest.fixture
def post_settings(admin_client, app):
    def post(typed, **others):
        url = f"/admin/stock/socialaccount/socialapp/{app.pk}/change/"
        text = typed if isinstance(typed, str) else json.dumps(typed)
        return admin_client.post(url, app_form(app, settings=text, **others))

    return post


def settings_shown(answer):
    return answer.context["adminform"].form["settings"].value()


def test_a_value_beside_a_secret_can_be_changed(post_settings, app):
    post_settings(SHOWN | {"server_url": "https://new.example"})

    assert stored(app)["settings"] == SETTINGS | {"server_url": "https://new.example"}


def test_a_secret_in_the_settings_can_be_replaced(post_settings, app):
    post_settings(SHOWN | {"certificate_key": NEW})

    assert stored(app)["settings"] == SETTINGS | {"certificate_key": NEW}


def test_a_secret_in_the_settings_can_be_removed(post_settings, app):
    post_settings({"server_url": "x"})

    assert stored(app)["settings"] == {"server_url": "x"}


def test_history_omits_unchanged_settings(post_settings):
    post_settings(SHOWN, name="Another name")

    (changed,) = json.loads(LogEntry.objects.get().change_message)
    assert changed == {"changed": {"fields": ["Name"]}}


@pytest.mark.parametrize(
    "typed",
    [
        SHOWN | {"server_url": MASK},
        SHOWN | {"renamed": MASK},
        SHOWN | {"sp": {"password": MASK, "clients": [{"token": MASK, "id": 2}]}},
        SHOWN | {"certificate_key": AGAIN},
        [MASK],
    ],
    ids=["moved", "renamed", "beside a change in a list", "not typed again", "list"],
)
def test_a_mask_that_was_moved_is_refused(post_settings, app, typed):
    answer = post_settings(typed)

    assert "has to be typed" in str(answer.context["adminform"].form.errors["settings"])
    assert stored(app)["settings"] == SETTINGS


def test_an_error_elsewhere_asks_for_a_typed_secret_again(post_settings):
    answer = post_settings(SHOWN | {"certificate_key": NEW}, name="")

    assert json.loads(settings_shown(answer)) == SHOWN | {"certificate_key": AGAIN}


def test_invalid_json_without_a_secret_is_shown_again(post_settings):
    typed = json.dumps(SHOWN, ensure_ascii=False)[:-1]

    assert settings_shown(post_settings(typed)) == typed


@pytest.mark.parametrize(
    "typed",
    [
        f'{{"certificate_key": "-----BEGIN\n{PLANTED}"}}',
        f"{{'password': '{PLANTED}'}}",
        f'{{"service": "-----BEGIN PRIVATE KEY-----\n{PLANTED}',
    ],
)
def test_invalid_json_that_may_have_a_secret_is_not_shown_again(
    post_settings, app, typed
):
    answer = post_settings(typed)

    assert json.loads(settings_shown(answer)) == SHOWN
    assert stored(app)["settings"] == SETTINGS


def test_a_private_key_inside_a_string_is_masked(admin_client, app):
    text = json.dumps({"private_key": f"-----BEGIN PRIVATE KEY-----\n{PLANTED}"})
    SocialApp.objects.update(settings={"service": [text]})

    page = admin_client.get(f"/admin/stock/socialaccount/socialapp/{app.pk}/change/")

    assert json.loads(settings_shown(page)) == {"service": [MASK]}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token_auth_method", "client_secret_basic"),
        ("token_url", "https://op.example/token"),
        ("store_tokens", True),
        ("secret", ""),
        ("client_id", "aw1"),
    ],
)
def test_a_value_that_is_no_secret_stays_visible_despite_its_key(
    admin_client, app, key, value
):
    SocialApp.objects.update(settings={key: value})

    page = admin_client.get(f"/admin/stock/socialaccount/socialapp/{app.pk}/change/")

    assert json.loads(settings_shown(page)) == {key: value}


def test_a_disabled_settings_field_keeps_its_value(app):
    field = secrets.MaskedJSONField(disabled=True)

    assert field.bound_data("{}", {"secret": MASK}) == {"secret": MASK}
