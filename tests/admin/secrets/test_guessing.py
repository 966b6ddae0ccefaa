"""No list tells a secret letter by letter."""

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
def test_a_list_does_not_show_how_a_secret_begins(desk, at, app, token, model, lookup):
    row = {"socialtoken": token, "socialapp": app}[model]

    assert desk.get(at(row), {lookup: "act.PL"}).status_code == 400


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
def test_a_list_of_related_rows_does_not_show_how_a_secret_begins(
    desk, token, model, lookup
):
    assert desk.get(f"/admin/{model}/", {lookup: "g"}).status_code == 400


def test_lookups_of_other_columns_work(desk, at, token):
    page = desk.get(at(token), {"expires_at__isnull": "True"})

    assert page.context["cl"].result_count == 1


@pytest.fixture
def uids(desk, token):
    """List three tokens, made in another order than theirs: ``uids("token", "-")``."""
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
    columns = desk.get(url).context["cl"].list_display

    def uids(column, direction):
        page = desk.get(url, {"o": f"{direction}{columns.index(column)}"})
        return "".join(row.account.uid for row in page.context["cl"].result_list)

    return uids


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("column", ["token", "token_secret", "peek"])
def test_a_list_does_not_sort_by_tokens(uids, column, direction):
    assert uids(column, direction) == "bac"


def test_a_list_sorts_by_other_columns(uids):
    assert uids("expires_at", "") == "cba"


@pytest.mark.parametrize("query", ["act.", "PLANTED", "rft.PLA"])
def test_a_search_does_not_find_a_secret(desk, token, query):
    page = desk.get("/admin/project/socialaccount/socialtoken/", {"q": query})

    assert page.context["cl"].result_count == 0


def test_a_search_finds_what_is_none(desk, token):
    page = desk.get("/admin/project/socialaccount/socialtoken/", {"q": "1"})

    assert page.context["cl"].result_count == 1


@pytest.mark.parametrize(("term", "found"), [("PLANTED", 0), ("Site", 1)])
def test_an_autocompletion_does_not_find_a_secret(desk, app, term, found):
    asked = {"app_label": "socialaccount", "model_name": "socialtoken"}
    url = "/admin/project/autocomplete/"

    answer = desk.get(url, asked | {"field_name": "app", "term": term}).json()

    assert len(answer["results"]) == found


@pytest.mark.parametrize("page", ["", "change"])
def test_rows_cannot_be_named_by_their_secret(desk, at, token, page):
    assert desk.get(at(token, page), {"_to_field": "token"}).status_code == 400


def test_a_path_that_leads_nowhere_reaches_no_secret():
    assert not secrets.reaches_secret(SocialToken, "nowhere__token")
    assert not secrets.reaches_secret(SocialToken, "expires_at__token")


def test_a_list_offers_no_order_by_tokens(desk, token):
    page = desk.get("/admin/project/socialaccount/socialtoken/")

    assert "sortable column-expires_at" in page.text
    assert "sortable column-token" not in page.text
