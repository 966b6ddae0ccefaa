"""Projects with admin sites of their own: every link leads to the same site."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin.pages import form_of
from tests.fixtures import GAME
from ttminis_auth.models import LinkingConflict, WebhookDelivery

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin.desk_urls")]


@pytest.fixture
def rows(person):
    mia, other = person("mia"), person("finn", app=GAME)
    data = {"client_key": mia.client_key, "user_openid": "open-mia", "event": "x"}
    return {
        "identity": mia,
        "linkingconflict": LinkingConflict.objects.create(
            older=mia, younger=other, union_id="u"
        ),
        "webhookdelivery": WebhookDelivery.objects.create(
            digest="0" * 64, content={}, create_time=timezone.now(), **data
        ),
    }


def links_of(page):
    assert page.status_code == 200
    return re.findall(r'(?:href|action)="(/admin/[^"]*)"', page.content.decode())


def pages_of(site, rows):
    user = rows["identity"].account.user
    yield reverse("admin:auth_user_change", args=[user.pk], current_app=site)
    yield reverse("admin:ttminis_auth_dailycount_changelist", current_app=site)
    for model, row in rows.items():
        for name, args in (("changelist", []), ("change", [row.pk])):
            names = f"admin:ttminis_auth_{model}_{name}"
            yield reverse(names, args=args, current_app=site)


def test_every_page_links_to_its_own_site(desk, rows):
    for address in pages_of("desk", rows):
        links = links_of(desk.get(address))
        assert links
        assert [link for link in links if not link.startswith("/admin/desk/")] == []


@pytest.mark.parametrize("action", ["erase", "link", "merge", "end_sessions"])
def test_every_confirmation_links_to_its_own_site(desk, rows, action):
    address = f"/admin/desk/ttminis_auth/identity/{rows['identity'].pk}/do/{action}/"

    page = desk.get(address)
    links = links_of(page)

    assert '<form method="post" id="ttminis-action">' in page.content.decode()
    assert [link for link in links if not link.startswith("/admin/desk/")] == []


def test_a_finished_action_leads_back_to_its_own_site(desk, rows):
    page = f"/admin/desk/ttminis_auth/identity/{rows['identity'].pk}/"
    address = f"{page}do/end_sessions/"

    done = desk.post(address, {**form_of(desk.get(address)), "confirmed": 1})

    assert done.url == f"{page}change/"


def test_a_site_without_people_shows_the_rest(desk, rows):
    for address in pages_of("desk", rows):
        if "/identity/" not in address:
            page = desk.get(address.replace("desk", "corner"))
            assert page.status_code == 200
            assert "/identity/" not in page.content.decode()
