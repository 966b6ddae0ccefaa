"""With a session token, a user read before TikTok's answer is never saved back."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model

from tests.endpoints.hosted.hosted_page import JSON
from tests.fixtures import DRAMA, error_code
from tests.login.test_old_rows import ban, demote, erase
from tests.login.test_old_rows import meanwhile as meanwhile  # a fixture

pytestmark = pytest.mark.django_db

User = get_user_model()


@pytest.fixture(params=["ours", "allauth's"])
def connect(request, send_code, client, tiktok):
    """Connect Mia's account, at our endpoint or at allauth's own."""

    def ours():
        return send_code("mia", process="connect")

    def of_allauth():
        code = tiktok.issue_code(DRAMA, "mia")
        token = {"client_id": DRAMA, "access_token": code}
        body = {"provider": "ttminis", "process": "connect", "token": token}
        url = "/_allauth/app/v1/auth/provider/token"
        return client.post(url, body, content_type=JSON)

    return ours if request.param == "ours" else of_allauth


@pytest.mark.parametrize("meantime", [ban, erase])
def test_connecting_does_not_undo_a_ban_or_an_erasure(
    connect, olga, meanwhile, meantime
):
    meanwhile(meantime)

    assert error_code(connect()) == "user_inactive"
    assert not User.objects.filter(is_active=True).exists()
    assert not SocialAccount.objects.exists()


def test_connecting_does_not_restore_a_permission(connect, olga, meanwhile):
    User.objects.update(is_staff=True)
    meanwhile(demote)

    response = connect()

    now = User.objects.get()
    assert response.status_code == 200
    assert (now.is_staff, now.first_name) == (False, "Now")
