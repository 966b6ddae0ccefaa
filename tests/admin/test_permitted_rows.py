"""Staff cannot get past their permissions by a URL or a forged form."""

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
    messages_of,
    page_of,
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
def test_staff_without_permission_can_open_no_page(staff, mia, model):
    browser = staff("view_user")

    for address in addresses(model, mia.pk):
        for page in (browser.get(address), browser.post(address, {"post": "yes"})):
            assert page.status_code in (302, 403)
            assert "open-mia" not in page.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_rows_cannot_be_added_changed_or_deleted_by_url(admin_client, mia, model):
    for address in addresses(model, mia.pk):
        if not address.endswith("history/"):
            admin_client.post(
                address, {"post": "yes", "open_id": "open-else", "_save": 1}
            )

    assert Identity.objects.get().open_id == "open-mia"


@pytest.mark.parametrize("across", [0, 1])
@pytest.mark.parametrize("action", ["erase", "delete_selected", "link", "act_on_one"])
def test_a_forged_action_in_the_list_does_nothing(staff, mia, action, across):
    browser = staff("view_identity", "end_sessions_identity", "delete_identity")
    data = {"action": action, "_selected_action": mia.pk, "select_across": across}

    page = browser.post(list_of("identity"), {**data, "post": "yes", "confirmed": 1})

    assert "/do/" not in page.content.decode().partition("<form")[2]
    assert Identity.objects.exists()


def test_an_action_on_all_rows_of_a_filtered_list_respects_the_filter(
    admin_client, person
):
    people = [person("a", state="removed"), person("b"), person("c", state="removed")]
    data = {"action": "revoke", "_selected_action": people[0].pk, "select_across": 1}

    page = admin_client.post(f"{list_of('identity')}?state=removed", data)

    assert ticked_of(page) == {str(people[0].pk), str(people[2].pk)}


def test_a_project_can_forbid_an_action(staff, mia, monkeypatch):
    def may(self, request, action, row=None):
        return action.name == "refresh" and super(IdentityAdmin, self).may(
            request, action, row
        )

    monkeypatch.setattr(IdentityAdmin, "may", may)
    browser = staff("view_identity", "refresh_identity", "erase_identity")

    assert browser.get(button_of(mia, "refresh")).status_code == 200
    assert browser.get(button_of(mia, "erase")).status_code == 403
    assert "do/erase" not in browser.get(page_of(mia)).content.decode()


def test_a_project_can_forbid_viewing_identities(admin_client, mia, monkeypatch):
    monkeypatch.setattr(
        IdentityAdmin, "has_view_permission", lambda self, request, obj=None: False
    )

    assert admin_client.get(button_of(mia, "erase")).status_code == 403
    assert admin_client.get(page_of(mia)).status_code == 403


def test_a_hidden_identity_is_not_on_the_page_of_its_user(
    admin_client, mia, person, hide_game
):
    person("finn", app=GAME, user=mia.account.user)

    text = admin_client.get(user_page(mia)).content.decode()

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
def test_forged_inline_rows_on_a_user_page_change_nothing(staff, mia, local_user, sees):
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


def test_autocompletion_of_users_needs_the_permission_to_view_users(staff, local_user):
    address = reverse("admin:autocomplete")
    field = {"app_label": "socialaccount", "model_name": "socialaccount"}
    query = {**field, "field_name": "user", "term": "olga"}

    assert staff("link_identity").get(address, query).status_code == 403
    assert "olga" in staff("view_user").get(address, query).content.decode()


def test_a_refused_link_does_not_show_the_name_of_the_user(staff, mia, local_user):
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


def test_a_forged_action_on_all_rows_is_bounded(admin_client, person, monkeypatch):
    monkeypatch.setattr("ttminis_auth.admin.action_pages.MOST_ROWS", 2)
    people = [person(f"p{number}", grant=None) for number in range(3)]

    page = do_many(admin_client, "erase", people[:1], select_across=1)

    assert "No more than 2 at once" in messages_of(page)[0]
    assert Identity.objects.count() == 3


def test_a_get_request_confirms_no_action(admin_client, mia):
    data = {"action": "erase", "_selected_action": mia.pk, "asked": 1, "confirmed": 1}

    admin_client.get(list_of("identity"), data, follow=True)

    assert Identity.objects.exists()


def test_a_forbidden_row_is_answered_like_an_unknown_one(staff, mia):
    browser = staff("erase_identity")

    pages = [
        browser.get(f"{list_of('identity')}{pk}/do/erase/") for pk in (mia.pk, 99999)
    ]

    assert [page.status_code for page in pages] == [403, 403]


@pytest.mark.parametrize("action", ["erase", "unlink"])
def test_a_second_confirmation_of_a_deletion_is_no_error(
    admin_client, person, local_user, action
):
    mia = person("mia", user=local_user)
    data = form_of(admin_client.get(button_of(mia, action))) | {"confirmed": 1}

    admin_client.post(button_of(mia, action), data)
    page = admin_client.post(button_of(mia, action), data, follow=True)

    assert page.status_code == 200
    assert messages_of(page)[-1] == "It is gone by now."


@pytest.mark.parametrize(
    "address", ["linkingconflict/?state", "webhookdelivery/?event"]
)
@pytest.mark.parametrize("value", ["%00", "\x00nonsense"])
def test_a_filter_value_with_a_nul_character_is_refused(admin_client, address, value):
    page = admin_client.get(f"/admin/ttminis_auth/{address}={value}", follow=True)

    assert page.redirect_chain[-1][0].endswith("?e=1")
    assert page.status_code == 200


FILTERS = "_changelist_filters=state%3Dactive"


def test_an_action_on_one_row_keeps_the_filters_of_the_list(admin_client, mia):
    address = f"{button_of(mia, 'end_sessions')}?{FILTERS}"

    assert address in admin_client.get(f"{page_of(mia)}?{FILTERS}").content.decode()
    asked = admin_client.get(address)
    done = admin_client.post(address, {**form_of(asked), "confirmed": 1})

    assert done.url == f"{page_of(mia)}?{FILTERS}"


def test_an_action_on_many_rows_keeps_the_filters_of_the_list(
    admin_client, mia, person
):
    both, address = [mia, person("b")], f"{list_of('identity')}?state=active"

    asked = choose(admin_client, "end_sessions", both, "?state=active")
    data = {**form_of(asked), "_selected_action": [row.pk for row in both]}
    done = admin_client.post(address, {**data, "confirmed": 1})

    assert f'href="{address}"' in asked.content.decode()
    assert done.url == address


def test_filters_of_the_user_list_are_not_passed_to_identity_actions(admin_client, mia):
    text = admin_client.get(
        f"{user_page(mia)}?_changelist_filters=q%3Dx"
    ).content.decode()

    assert f'href="{button_of(mia, "erase")}"' in text
