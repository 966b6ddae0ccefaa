"""What staff reach by an address or a forged form, and what they do not."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from tests.admin.pages import (
    button_of,
    choose,
    do_many,
    fill_in,
    form_of,
    list_of,
    page_of,
    said,
    ticked_of,
)
from tests.fixtures import GAME
from ttminis_auth.admin import IdentityAdmin
from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

MODELS = ["identity", "linkingconflict", "webhookdelivery", "dailycount"]
INLINE = "socialaccount_set"


@pytest.fixture
def mia(person):
    return person("mia")


def addresses(model, pk):
    names = f"admin:ttminis_auth_{model}"
    lists = [reverse(f"{names}_{name}") for name in ("changelist", "add")]
    pages = [
        reverse(f"{names}_{name}", args=[pk])
        for name in ("change", "history", "delete")
    ]
    return [*lists, *pages]


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_permission_reach_no_page(staff, mia, model):
    browser = staff("view_user")

    for address in addresses(model, mia.pk):
        for page in (browser.get(address), browser.post(address, {"post": "yes"})):
            assert page.status_code in (302, 403)
            assert "open-mia" not in page.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_no_address_adds_changes_or_deletes_an_identity(desk, mia, model):
    for address in addresses(model, mia.pk):
        if not address.endswith("history/"):
            desk.post(address, {"post": "yes", "open_id": "open-else", "_save": 1})

    assert Identity.objects.get().open_id == "open-mia"


@pytest.mark.parametrize("across", [0, 1])
@pytest.mark.parametrize("action", ["erase", "delete_selected", "link", "act_on_one"])
def test_a_forged_choice_in_the_list_does_nothing(staff, mia, action, across):
    browser = staff("view_identity", "end_sessions_identity", "delete_identity")
    data = {"action": action, "_selected_action": mia.pk, "select_across": across}

    page = browser.post(list_of("identity"), {**data, "post": "yes", "confirmed": 1})

    assert "/do/" not in page.content.decode().partition("<form")[2]
    assert Identity.objects.exists()


def test_a_filtered_list_acts_on_what_it_shows(desk, person):
    people = [person("a", state="removed"), person("b"), person("c", state="removed")]
    data = {"action": "revoke", "_selected_action": people[0].pk, "select_across": 1}

    page = desk.post(f"{list_of('identity')}?state=removed", data)

    assert ticked_of(page) == {str(people[0].pk), str(people[2].pk)}


def test_a_project_may_narrow_who_may_do_what(staff, mia, monkeypatch):
    def may(self, request, action, row=None):
        return action.name == "refresh" and super(IdentityAdmin, self).may(
            request, action, row
        )

    monkeypatch.setattr(IdentityAdmin, "may", may)
    browser = staff("view_identity", "refresh_identity", "erase_identity")

    assert browser.get(button_of(mia, "refresh")).status_code == 200
    assert browser.get(button_of(mia, "erase")).status_code == 403
    assert "do/erase" not in browser.get(page_of(mia)).content.decode()


def test_a_project_may_narrow_which_identities_are_shown(desk, mia, monkeypatch):
    monkeypatch.setattr(
        IdentityAdmin, "has_view_permission", lambda self, request, obj=None: False
    )

    assert desk.get(button_of(mia, "erase")).status_code == 403
    assert desk.get(page_of(mia)).status_code == 403


def test_a_hidden_identity_is_hidden_on_the_users_page(desk, mia, person, hide_game):
    person("finn", app=GAME, user=mia.account.user)

    text = desk.get(user_page(mia)).content.decode()

    assert "open-mia" in text
    assert "open-finn" not in text


@pytest.fixture
def hide_game(monkeypatch):
    stock = IdentityAdmin.get_queryset
    monkeypatch.setattr(
        IdentityAdmin,
        "get_queryset",
        lambda self, request: stock(self, request).exclude(client_key=GAME),
    )


def user_page(identity):
    return reverse("admin:auth_user_change", args=[identity.account.user_id])


@pytest.mark.parametrize("sees", [(), ("view_identity",)])
def test_forged_rows_on_a_users_page_change_nothing(staff, mia, local_user, sees):
    browser = staff("view_user", "change_user", *sees)
    before = SocialAccount.objects.values().get()
    forged = {"id": before["id"], "user": local_user.pk, "uid": "else", "DELETE": "on"}
    counts = {"TOTAL_FORMS": 3, "INITIAL_FORMS": 1}
    new = {"user": mia.account.user_id, "provider": "ttminis", "uid": "new"}
    data = {f"{INLINE}-{name}": value for name, value in counts.items()}
    data |= {f"{INLINE}-0-{name}": value for name, value in forged.items()}
    data |= {f"{INLINE}-1-{name}": value for name, value in new.items()}
    fields = {"username": "user_mia", "first_name": "Mia"}
    dates = {"date_joined_0": "2026-01-01", "date_joined_1": "10:00"}

    response = browser.post(user_page(mia), {**data, **fields, **dates})

    assert response.status_code == 302
    assert SocialAccount.objects.values().get() == before


def test_completions_are_for_who_may_see_users(staff, local_user):
    address = reverse("admin:autocomplete")
    field = {"app_label": "socialaccount", "model_name": "socialaccount"}
    query = {**field, "field_name": "user", "term": "olga"}

    assert staff("link_identity").get(address, query).status_code == 403
    assert "olga" in staff("view_user").get(address, query).content.decode()


def test_a_refused_choice_does_not_show_the_username(staff, mia, local_user):
    browser = staff("view_identity", "link_identity")

    page = fill_in(browser, mia, "link", user=local_user.pk)

    assert "olga" not in page.content.decode()


def test_a_confirmation_from_another_site_is_refused(operator, mia):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(operator, "django.contrib.auth.backends.ModelBackend")

    response = browser.post(button_of(mia, "erase"), {"confirmed": 1})
    of_many = do_many(browser, "erase", [mia])

    assert (response.status_code, of_many.status_code) == (403, 403)
    assert Identity.objects.exists()


def test_a_forged_choice_of_all_is_no_more_than_fits_a_request(
    desk, person, monkeypatch
):
    monkeypatch.setattr("ttminis_auth.admin.action_pages.MOST_ROWS", 2)
    people = [person(f"p{number}", grant=None) for number in range(3)]

    page = do_many(desk, "erase", people[:1], select_across=1)

    assert "No more than 2 at once" in said(page)[0]
    assert Identity.objects.count() == 3


def test_a_get_of_the_list_confirms_nothing(desk, mia):
    data = {"action": "erase", "_selected_action": mia.pk, "asked": 1, "confirmed": 1}

    desk.get(list_of("identity"), data, follow=True)

    assert Identity.objects.exists()


def test_a_hidden_identity_gets_the_answer_of_a_missing_one(staff, mia):
    browser = staff("erase_identity")

    pages = [
        browser.get(f"{list_of('identity')}{pk}/do/erase/") for pk in (mia.pk, 99999)
    ]

    assert [page.status_code for page in pages] == [403, 403]


@pytest.mark.parametrize("action", ["erase", "unlink"])
def test_a_second_click_does_not_end_in_an_error(desk, person, local_user, action):
    mia = person("mia", user=local_user)
    data = form_of(desk.get(button_of(mia, action))) | {"confirmed": 1}

    desk.post(button_of(mia, action), data)
    page = desk.post(button_of(mia, action), data, follow=True)

    assert page.status_code == 200
    assert said(page)[-1] == "It is gone by now."


@pytest.mark.parametrize(
    "address", ["linkingconflict/?state", "webhookdelivery/?event"]
)
@pytest.mark.parametrize("value", ["%00", "\x00nonsense"])
def test_a_filter_takes_no_text_that_no_database_takes(desk, address, value):
    page = desk.get(f"/admin/ttminis_auth/{address}={value}", follow=True)

    assert page.redirect_chain[-1][0].endswith("?e=1")
    assert page.status_code == 200


FILTERS = "_changelist_filters=state%3Dactive"


def test_an_action_leads_back_to_the_filtered_list(desk, mia):
    address = f"{button_of(mia, 'end_sessions')}?{FILTERS}"

    assert address in desk.get(f"{page_of(mia)}?{FILTERS}").content.decode()
    asked = desk.get(address)
    done = desk.post(address, {**form_of(asked), "confirmed": 1})

    assert done.url == f"{page_of(mia)}?{FILTERS}"


def test_an_action_on_many_leads_back_to_the_filtered_list(desk, mia, person):
    both, address = [mia, person("b")], f"{list_of('identity')}?state=active"

    asked = choose(desk, "end_sessions", both, "?state=active")
    data = {**form_of(asked), "_selected_action": [row.pk for row in both]}
    done = desk.post(address, {**data, "confirmed": 1})

    assert f'href="{address}"' in asked.content.decode()
    assert done.url == address


def test_filters_of_users_are_none_of_identities(desk, mia):
    text = desk.get(f"{user_page(mia)}?_changelist_filters=q%3Dx").content.decode()

    assert f'href="{button_of(mia, "erase")}"' in text
