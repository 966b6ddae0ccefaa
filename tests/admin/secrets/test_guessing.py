"""Staff cannot guess a secret letter by letter from lookups, orders or searches."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.utils import timezone

from tests.admin.secrets.rows import ACCESS, REFRESH
from ttminis_auth.admin import hide_secrets as secrets


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("socialtoken", "token__startswith"),
        ("socialtoken", "token__regex"),
        ("socialtoken", "token_secret"),
        ("socialtoken", "app__secret__startswith"),
        ("socialtoken", "app__settings__certificate_key__startswith"),
        ("socialapp", "secret__startswith"),
        ("socialapp", "settings__certificate_key__startswith"),
        ("socialapp", "socialtoken__token__startswith"),
        ("socialapp", "settings__icontains"),
    ],
)
def test_list_refuses_lookups_of_secrets(admin_client, at, app, token, model, lookup):
    row = {"socialtoken": token, "socialapp": app}[model]

    assert admin_client.get(at(row), {lookup: "act.PL"}).status_code == 400


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("auth/user", "socialaccount__socialtoken__token__startswith"),
        ("socialaccount/socialaccount", "socialtoken__token__startswith"),
        ("auth/user", "socialaccount__ttminis_identity__grants__access_token__gt"),
        ("ttminis_auth/identity", "grants__refresh_token__startswith"),
        ("ttminis_auth/identity", "account__socialtoken__token__startswith"),
        ("ttminis_auth/identity", "grants__access_token__isnull"),
    ],
)
def test_lists_of_other_models_refuse_lookups_of_secrets(
    admin_client, token, model, lookup
):
    assert admin_client.get(f"/admin/{model}/", {lookup: "g"}).status_code == 400


def test_list_allows_lookups_of_other_columns(admin_client, at, token):
    page = admin_client.get(at(token), {"expires_at__isnull": "True"})

    assert page.context["cl"].result_count == 1


@pytest.fixture
def uids(admin_client, token):
    """Return the order of three tokens in their list: ``uids("token", "-")``."""
    for uid, days in ("c", 1), ("a", 3), ("b", 2):
        account = SocialAccount.objects.create(
            user=token.account.user, provider="x", uid=uid
        )
        SocialToken.objects.create(
            account=account,
            token=ACCESS + uid,
            token_secret=REFRESH + uid,
            expires_at=timezone.now() + timedelta(days=days),
        )
    token.delete()
    url = "/admin/project/socialaccount/socialtoken/"
    columns = admin_client.get(url).context["cl"].list_display

    def uids(column, direction):
        page = admin_client.get(url, {"o": f"{direction}{columns.index(column)}"})
        return "".join(row.account.uid for row in page.context["cl"].result_list)

    return uids


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("column", ["token", "token_secret", "peek"])
def test_list_cannot_be_sorted_by_tokens(uids, column, direction):
    assert uids(column, direction) == "bac"


def test_list_can_be_sorted_by_other_columns(uids):
    assert uids("expires_at", "") == "cba"


@pytest.mark.parametrize("query", ["act.", "PLANTED", "rft.PLA"])
def test_a_search_does_not_find_a_secret(admin_client, token, query):
    page = admin_client.get("/admin/project/socialaccount/socialtoken/", {"q": query})

    assert page.context["cl"].result_count == 0


def test_a_search_finds_a_token_by_its_account(admin_client, token):
    page = admin_client.get("/admin/project/socialaccount/socialtoken/", {"q": "1"})

    assert page.context["cl"].result_count == 1


@pytest.mark.parametrize(("term", "found"), [("PLANTED", 0), ("Site", 1)])
def test_an_autocompletion_does_not_find_a_secret(admin_client, app, term, found):
    asked = {"app_label": "socialaccount", "model_name": "socialtoken"}
    url = "/admin/project/autocomplete/"

    answer = admin_client.get(url, asked | {"field_name": "app", "term": term}).json()

    assert len(answer["results"]) == found


@pytest.mark.parametrize("page", ["", "change"])
def test_rows_cannot_be_addressed_by_their_secret(admin_client, at, token, page):
    assert admin_client.get(at(token, page), {"_to_field": "token"}).status_code == 400


def test_a_lookup_of_an_unknown_field_reaches_no_secret():
    assert not secrets.reaches_secret(SocialToken, "nowhere__token")
    assert not secrets.reaches_secret(SocialToken, "expires_at__token")


def test_token_columns_have_no_sort_link(admin_client, token):
    page = admin_client.get("/admin/project/socialaccount/socialtoken/")

    assert "sortable column-expires_at" in page.text
    assert "sortable column-token" not in page.text
