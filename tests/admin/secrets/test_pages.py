"""No page of tokens and apps shows a secret."""

import json

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken

from tests.admin.secrets.rows import SHOWN
from ttminis_auth.admin.secret_forms import MASK


def test_the_list_says_that_there_is_a_token_and_not_which(desk, at, token):
    assert MASK in desk.get(at(token)).text


def test_the_list_says_when_there_is_none(desk, token):
    SocialToken.objects.update(token="")

    assert MASK not in desk.get("/admin/stock/socialaccount/socialtoken/").text


def test_the_list_of_apps_shows_none_of_their_secrets(desk, at, app):
    assert "Site" in desk.get(at(app)).text


def test_the_list_reads_no_token(desk, token, django_assert_max_num_queries):
    with django_assert_max_num_queries(10) as asked:
        desk.get("/admin/stock/socialaccount/socialtoken/")

    selects = [q["sql"].partition(" FROM ")[0] for q in asked.captured_queries]
    read = [column for s in selects for column in s.split(", ")]
    assert not [c for c in read if c.endswith(('"token"', '"token_secret"'))]


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_no_page_of_a_row_shows_a_secret(desk, at, row, page):
    assert desk.get(at(row, page)).status_code == 200


@pytest.mark.parametrize("kind", ["socialtoken", "socialapp"])
def test_operator_who_may_only_view_sees_no_secret(staff, at, token, app, kind):
    row = {"socialtoken": token, "socialapp": app}[kind]
    client = staff(f"view_{kind}")

    assert MASK in client.get(at(row)).text or kind == "socialapp"
    assert MASK in client.get(at(row, "change")).text


def test_inputs_of_secrets_are_empty_and_not_remembered_by_the_browser(desk, token):
    page = desk.get(f"/admin/stock/socialaccount/socialtoken/{token.pk}/change/")
    field = page.context["adminform"].form["token"]

    assert 'type="password"' in str(field)
    assert 'autocomplete="new-password"' in str(field)
    assert "value=" not in str(field)


def test_value_that_is_no_secret_stays_visible(desk, at, app):
    page = desk.get(at(app, "change"))

    assert "visible-key" in page.text
    assert json.loads(page.context["adminform"].form["settings"].value()) == SHOWN


def test_the_form_keeps_allauth_s_choice_of_providers(desk, at, app):
    form = desk.get(at(app, "change")).context["adminform"].form

    assert ("tiktok", "TikTok") in form.fields["provider"].choices


def test_the_fields_stay_in_their_order(desk, token):
    page = desk.get("/admin/stock/socialaccount/socialtoken/add/")

    assert list(page.context["adminform"].form.fields) == [
        "app",
        "account",
        "token",
        "token_secret",
        "expires_at",
    ]


def test_the_page_to_confirm_deleting_many_shows_no_secret(desk, at, row):
    data = {"action": "delete_selected", "_selected_action": [row.pk]}

    assert "Are you sure" in desk.post(at(row), data).text


def test_an_account_of_tiktok_s_holds_no_token(desk, authorize, db):
    """allauth's page prints all that it keeps of an account."""
    authorize("mia")
    account = SocialAccount.objects.get()

    page = desk.get(f"/admin/socialaccount/socialaccount/{account.pk}/change/")

    assert "open_id" in page.text
