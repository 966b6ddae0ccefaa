"""A web login writes back nothing that it read before TikTok was asked."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.utils.deprecation import MiddlewareMixin

from tests.login.test_old_rows import ban, demote, erase
from tests.login.test_old_rows import meanwhile as meanwhile  # a fixture

pytestmark = pytest.mark.django_db

User = get_user_model()


class ReadsUser(MiddlewareMixin):
    """Reads the user of each request, as many projects do."""

    def process_request(self, request):
        str(request.user)


@pytest.fixture(autouse=True)
def _read_early(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.ReadsUser"]


@pytest.mark.parametrize("meantime", [ban, erase])
def test_connecting_undoes_no_ban_and_no_erasure(person, olga, meanwhile, meantime):
    meanwhile(meantime)

    response = person.log_in(process="connect")

    assert response["Location"] == "/accounts/3rdparty/"
    assert not User.objects.filter(is_active=True).exists()
    assert not SocialAccount.objects.exists()


def test_connecting_restores_no_right_that_was_taken_away(person, olga, meanwhile):
    User.objects.update(is_staff=True)
    meanwhile(demote)

    person.log_in(process="connect")

    now = User.objects.get()
    assert SocialAccount.objects.get().user == now
    assert (now.is_staff, now.first_name) == (False, "Now")
