"""Every admin page links to its own admin site."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin.pages import form_of
from tests.fixtures import GAME
from ttminis_auth.models import LinkingConflict, WebhookDelivery

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin.support_urls")]


@pytest.fixture
def rows(person):
    mia, other = person("mia"), person("finn", app=GAME)
    facts = {"client_key": mia.client_key, "user_openid": "open-mia", "event": "x"}
    return {
        "identity": mia,
        "linkingconflict": LinkingConflict.objects.create(
            older=mia, younger=other, union_id="u"
        ),
        "webhookdelivery": WebhookDelivery.objects.create(
            digest="0" * 64, content={}, create_time=timezone.now(), **facts
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


def test_every_page_links_to_its_own_admin_site(admin_client, rows):
    for address in pages_of("support", rows):
        links = links_of(admin_client.get(address))
        assert links
        assert [link for link in links if not link.startswith("/admin/support/")] == []


@pytest.mark.parametrize("action", ["erase", "link", "merge", "end_sessions"])
def test_every_action_page_links_to_its_own_admin_site(admin_client, rows, action):
    address = f"/admin/support/ttminis_auth/identity/{rows['identity'].pk}/do/{action}/"

    page = admin_client.get(address)
    links = links_of(page)

    assert '<form method="post" id="ttminis-action">' in page.content.decode()
    assert [link for link in links if not link.startswith("/admin/support/")] == []


def test_a_confirmed_action_redirects_to_its_own_admin_site(admin_client, rows):
    page = f"/admin/support/ttminis_auth/identity/{rows['identity'].pk}/"
    address = f"{page}do/end_sessions/"

    done = admin_client.post(
        address, {**form_of(admin_client.get(address)), "confirmed": 1}
    )

    assert done.url == f"{page}change/"


def test_an_admin_site_without_identities_shows_the_other_models(admin_client, rows):
    for address in pages_of("support", rows):
        if "/identity/" not in address:
            page = admin_client.get(address.replace("support", "small"))
            assert page.status_code == 200
            assert "/identity/" not in page.content.decode()
