"""A project with ``allauth.headless`` alone; run by ``tests.test_apart``."""

import pytest
from django.core.checks import run_checks

from tests.endpoints.hosted.hosted_page import HostedPage

pytestmark = pytest.mark.django_db


def test_the_app_face_is_there(send_code):
    """For native games, and for sites whose proxy answers CORS requests."""
    bundle = HostedPage()
    assert send_code("mia", by=bundle).status_code == 200
    assert bundle.me() is not None


def test_the_checks_miss_django_cors_headers():
    (found,) = run_checks()

    assert found.id == "ttminis_auth.W004"
    assert found.hint.startswith(
        'Install it: pip install "django-ttminis-auth[hosted]"'
    )
