"""No page of tokens and apps shows a secret."""

import json

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken

from tests.admin.secrets.rows import SHOWN
from ttminis_auth.admin.secret_forms import MASK


def test_token_list_shows_a_mask_for_each_token(admin_client, at, token):
    assert MASK in admin_client.get(at(token)).text


def test_token_list_shows_no_mask_for_an_empty_token(admin_client, token):
    SocialToken.objects.update(token="")

    assert MASK not in admin_client.get("/admin/stock/socialaccount/socialtoken/").text


def test_app_list_shows_no_secret(admin_client, at, app):
    assert "Site" in admin_client.get(at(app)).text


def test_token_list_reads_no_token_from_the_database(
    admin_client, token, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10) as asked:
        admin_client.get("/admin/stock/socialaccount/socialtoken/")

    selects = [q["sql"].partition(" FROM ")[0] for q in asked.captured_queries]
    read = [column for s in selects for column in s.split(", ")]
    assert not [c for c in read if c.endswith(('"token"', '"token_secret"'))]


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_pages_of_a_token_or_app_show_no_secret(admin_client, at, row, page):
    assert admin_client.get(at(row, page)).status_code == 200


@pytest.mark.parametrize("kind", ["socialtoken", "socialapp"])
def test_view_only_staff_see_no_secret(staff, at, token, app, kind):
    row = {"socialtoken": token, "socialapp": app}[kind]
    client = staff(f"view_{kind}")

    assert MASK in client.get(at(row)).text or kind == "socialapp"
    assert MASK in client.get(at(row, "change")).text


def test_secret_inputs_are_empty_and_not_remembered_by_the_browser(admin_client, token):
    page = admin_client.get(
        f"/admin/stock/socialaccount/socialtoken/{token.pk}/change/"
    )
    field = page.context["adminform"].form["token"]

    assert 'type="password"' in str(field)
    assert 'autocomplete="new-password"' in str(field)
    assert "value=" not in str(field)


def test_values_that_are_no_secrets_stay_visible(admin_client, at, app):
    page = admin_client.get(at(app, "change"))

    assert "visible-key" in page.text
    assert json.loads(page.context["adminform"].form["settings"].value()) == SHOWN


def test_app_form_keeps_allauth_s_choices_of_providers(admin_client, at, app):
    form = admin_client.get(at(app, "change")).context["adminform"].form

    assert ("tiktok", "TikTok") in form.fields["provider"].choices


def test_token_form_keeps_the_order_of_its_fields(admin_client, token):
    page = admin_client.get("/admin/stock/socialaccount/socialtoken/add/")

    assert list(page.context["adminform"].form.fields) == [
        "app",
        "account",
        "token",
        "token_secret",
        "expires_at",
    ]


def test_confirmation_of_deleting_many_rows_shows_no_secret(admin_client, at, row):
    data = {"action": "delete_selected", "_selected_action": [row.pk]}

    assert "Are you sure" in admin_client.post(at(row), data).text


def test_page_of_a_tiktok_account_shows_no_token(admin_client, authorize, db):
    """allauth's page prints all extra data of an account."""
    authorize("mia")
    account = SocialAccount.objects.get()

    page = admin_client.get(f"/admin/socialaccount/socialaccount/{account.pk}/change/")

    assert "open_id" in page.text
