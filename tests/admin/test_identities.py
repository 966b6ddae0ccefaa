"""The list of identities, and the page of one identity."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.admin.conftest import add_grant
from tests.admin.pages import list_of, page_of
from tests.databases import connection
from ttminis_auth.admin.columns import copyable, linked
from ttminis_auth.models import Identity
from ttminis_auth.tiktok.types import RemovalReason

PICTURE = "https://p16.tiktokcdn.com/mia.jpeg"
ODD = [None, 7, ["Mia"], {"a": 1}, True]


@pytest.fixture
def listed(admin_client):
    def look(query="", by=admin_client):
        response = by.get(f"{list_of('identity')}{query}")
        assert response.status_code == 200
        return response.content.decode()

    return look


@pytest.fixture
def shown(admin_client):
    return lambda identity, by=admin_client: by.get(page_of(identity)).content.decode()


def cell(html, column):
    """Return the HTML of a column of the only row."""
    found = re.search(rf'<t[dh] class="field-{column}[^"]*">(.*?)</t[dh]>', html, re.S)
    return found[1]


def with_profile(identity, **facts):
    """Store facts of a profile as TikTok would have sent them."""
    identity.account.extra_data |= facts
    identity.account.save()
    return identity


def test_picture_is_loaded_without_a_referrer(person, listed):
    with_profile(person(), avatar_url=PICTURE)

    picture = cell(listed(), "avatar")

    assert f'src="{PICTURE}"' in picture
    assert 'referrerpolicy="no-referrer"' in picture
    assert 'loading="lazy"' in picture


def test_initial_of_the_name_is_shown_behind_the_picture(person, listed):
    with_profile(person(display_name="zoë"), avatar_url=PICTURE)

    assert 'class="ttminis-avatar">Z<img' in cell(listed(), "avatar")


def test_name_of_invisible_characters_is_shown_as_none(person, listed):
    person(display_name="\u3164\u200b")

    assert 'class="ttminis-avatar">?<' in cell(listed(), "avatar")
    assert ">-</a>" in cell(listed(), "display_name")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/png,x", "//x", "https://[", "", *ODD]
)
def test_picture_without_an_https_url_is_not_loaded(person, listed, url):
    with_profile(person(), avatar_url=url)

    assert "<img" not in cell(listed(), "avatar")


def test_name_with_markup_is_escaped(person, listed):
    person(display_name="<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)" in cell(listed(), "display_name")


@pytest.mark.parametrize("name", ODD)
def test_name_that_is_no_string_is_shown_as_none(person, listed, name):
    with_profile(person(), display_name=name)

    assert ">-<" in cell(listed(), "display_name")


@pytest.mark.parametrize("data", [[], "Mia", 1])
def test_profile_that_is_no_object_is_shown_as_empty(person, listed, data):
    identity = person()
    identity.account.extra_data = data
    identity.account.save()

    assert ">-<" in cell(listed(), "display_name")


def test_app_is_shown_by_its_name(person, listed):
    person()

    assert cell(listed(), "app") == "Drama"


def test_app_that_is_no_longer_configured_is_shown_by_its_client_key(person, listed):
    person(app="mnsimgone00000001")

    assert cell(listed(), "app") == "mnsimgone00000001"


def test_user_is_a_link(person, listed):
    user = person().account.user

    link = f'<a href="/admin/auth/user/{user.pk}/change/">user_mia</a>'
    assert cell(listed(), "user") == link


def test_user_is_no_link_without_permission_to_view_users(person, listed, staff):
    person()

    assert cell(listed(by=staff("view_identity")), "user") == "user_mia"


def test_user_is_no_link_if_users_have_no_admin_page(person, listed, without_users):
    person()

    assert cell(listed(), "user") == "user_mia"


def test_copy_button_has_the_whole_id(person, listed):
    person(open_id="_000abcdefghijklmnop9f")

    found = cell(listed(), "open_id")

    assert ">_000abcdefghijklmnop9f</code>" in found
    assert 'data-ttminis-copy="_000abcdefghijklmnop9f"' in found


def test_quotation_marks_stay_inside_the_attribute():
    assert 'data-ttminis-copy="&quot; onclick=&quot;x"' in copyable('" onclick="x')


def test_union_id_may_be_missing(person, listed):
    person()

    assert cell(listed(), "union_id") == "-"


def test_scopes_are_those_of_active_grants(person, listed):
    identity = person(grant={"scopes": "user.info.open_id"})
    add_grant(identity, scopes="user.info.basic", dead_at=timezone.now())

    found = cell(listed(), "scopes")

    assert "user.info.open_id" in found
    assert "user.info.basic" not in found


def test_health_is_shown_in_words_and_colour(person, listed):
    person(grant=None)

    found = cell(listed(), "health")
    assert found == '<span class="ttminis-badge ttminis-badge-none">none</span>'


def test_state_is_shown_in_words_and_colour(person, listed):
    person(state=Identity.State.NEEDS_LOGIN)

    assert "ttminis-badge-needs_login" in cell(listed(), "state")
    assert "needs login" in cell(listed(), "state")


def test_saving_an_account_does_not_change_its_last_login(person, listed):
    identity = person("mia")
    Identity.objects.update(vouched_at=datetime(2019, 5, 4, tzinfo=UTC))
    identity.account.save()

    assert "2019" in cell(listed(), "last_login")


def test_last_login_is_shown(person, listed):
    person()

    assert str(timezone.localtime().year) in cell(listed(), "last_login")


def test_picture_and_name_link_to_the_page_of_the_identity(person, listed):
    identity = person(display_name="Mia")

    assert listed().count(f'href="{page_of(identity)}') == 2


@pytest.mark.parametrize("query", ["", "?q=user_", "?health=ok&scope=user.info.basic"])
def test_longer_identity_list_needs_no_more_queries(person, admin_client, query):
    def queries(count):
        for _ in range(count):
            person(f"nr{Identity.objects.count()}", display_name="Nr")
        with CaptureQueriesContext(connection) as captured:
            response = admin_client.get(f"{list_of('identity')}{query}")
        assert len(response.context["cl"].result_list) == Identity.objects.count()
        return len(captured)

    admin_client.get(list_of("identity"))
    assert queries(3) == queries(27)


def test_identity_list_reads_no_token(person, admin_client):
    person()

    with CaptureQueriesContext(connection) as captured:
        admin_client.get(list_of("identity"))

    assert not any(reads_token(query["sql"]) for query in captured)


def test_identity_page_reads_no_token(person, admin_client):
    identity = person()

    with CaptureQueriesContext(connection) as captured:
        admin_client.get(page_of(identity))

    assert not any(reads_token(query["sql"]) for query in captured)


def reads_token(sql):
    """Return whether a query selects a token, and not only tests that there is one."""
    return re.search(r'"(access|refresh)_token"(?! IS )', sql)


def test_identity_page_shows_the_whole_ids(person, shown):
    identity = person(open_id="_000abcdefghijklmnop9f", union_id="u-0123456789abcdef")

    html = shown(identity)

    assert ">_000abcdefghijklmnop9f</code>" in html
    assert ">u-0123456789abcdef</code>" in html


def test_identity_page_shows_the_reason_of_a_removal(person, shown):
    identity = person(
        state=Identity.State.REMOVED, removed_reason=3, removed_at=timezone.now()
    )

    assert "the person&#x27;s age changed" in shown(identity)


def test_unknown_removal_reason_is_shown_by_its_number(person, shown):
    identity = person(state=Identity.State.REMOVED, removed_reason=77)

    assert "reason 77" in shown(identity)


@pytest.mark.parametrize("reason", RemovalReason)
def test_each_known_removal_reason_is_shown_in_words(person, shown, reason):
    identity = person(state=Identity.State.REMOVED, removed_reason=reason)

    assert f"reason {reason.value}" not in shown(identity)


def test_identity_page_shows_each_grant_and_its_health(person, shown):
    identity = person()
    add_grant(identity, scopes="user.info.profile", dead_at=timezone.now())

    html = shown(identity)

    assert "user.info.profile" in html
    assert "ttminis-badge-ok" in html
    assert "ttminis-badge-dead" in html


def test_identity_page_shows_each_scope_of_a_grant_on_its_own_line(person, shown):
    html = shown(person(grant={"scopes": "user.info.basic,user.info.open_id"}))

    for scope in ("user.info.basic", "user.info.open_id"):
        assert f'<div class="ttminis-scope">{scope}</div>' in html


def test_identity_page_is_read_only(person, shown):
    html = shown(person())

    assert 'type="text"' not in html
    assert "deletelink" not in html
    assert "_save" not in html


def test_view_only_staff_see_the_grants(person, shown, staff):
    html = shown(person(), by=staff("view_identity"))

    assert "user.info.open_id" in html


def test_identity_list_needs_the_permission_to_view_identities(person, staff):
    person()

    assert staff("view_user").get(list_of("identity")).status_code == 403


def test_an_identity_cannot_be_added(admin_client):
    assert admin_client.get("/admin/ttminis_auth/identity/add/").status_code == 403


def test_page_of_an_unknown_identity_redirects_as_django_does(admin_client):
    response = admin_client.get("/admin/ttminis_auth/identity/7/change/")

    assert response.status_code == 302
    assert response["Location"] == "/admin/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_identity_cannot_be_deleted(person, admin_client, method):
    identity = person()
    url = page_of(identity).replace("change", "delete")

    assert getattr(admin_client, method)(url, {"post": "yes"}).status_code == 403
    assert Identity.objects.exists()


def test_identity_list_has_no_delete_action(person, admin_client):
    identity = person()
    chosen = {"action": "delete_selected", "_selected_action": [identity.pk]}

    admin_client.post(list_of("identity"), {**chosen, "post": "yes"})

    assert Identity.objects.exists()


def test_a_user_can_be_deleted_with_their_identity(person, admin_client):
    user = person().account.user

    admin_client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})

    assert not Identity.objects.exists()


def test_users_of_another_admin_site_are_linked(person, rf, operator):
    request = rf.get("/")
    request.user = operator
    other = admin.AdminSite(name="admin")
    other.register(get_user_model(), UserAdmin)

    assert "href" in linked("Mia", person().account.user, request, other)
