"""A project with ``allauth.headless`` alone; run by ``tests.test_apart``."""

import pytest
from django.core.checks import run_checks

from tests.endpoints.hosted.hosted_page import HostedPage

pytestmark = pytest.mark.django_db


def test_the_endpoint_of_hosted_pages_exists(send_code):
    """Native games use it, and sites whose proxy adds the CORS headers."""
    page = HostedPage()
    assert send_code("mia", by=page).status_code == 200
    assert page.me() is not None


def test_w004_names_the_missing_django_cors_headers():
    (found,) = run_checks()

    assert found.id == "ttminis_auth.W004"
    assert found.hint.startswith(
        'Install it: pip install "django-ttminis-auth[hosted]"'
    )
