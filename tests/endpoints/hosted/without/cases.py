"""A project without TikTok-hosted pages; run by ``tests.test_apart``."""

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.test import Client
from django.urls import NoReverseMatch, reverse

from ttminis_auth.models import Identity

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture
def client():
    """A browser, not a TikTok-hosted page."""
    return Client()


@pytest.fixture
def code_url():
    return reverse("ttminis_login_by_code")


def test_the_endpoint_of_hosted_pages_does_not_exist(client):
    with pytest.raises(NoReverseMatch):
        reverse("ttminis_app_code")

    assert client.post("/accounts/ttminis/app/code/").status_code == 404


def test_a_page_of_the_site_can_log_in(send_code, client):
    assert send_code("mia").status_code == 200
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_each_process_works_without_hosted_pages(send_code, process):
    assert send_code("mia", process=process).status_code == 200
    assert Identity.objects.exists()


def test_the_login_page_exists(client, tiktok):
    assert client.get("/accounts/ttminis/login/").status_code == 200


def test_system_checks_report_nothing():
    assert run_checks() == []
