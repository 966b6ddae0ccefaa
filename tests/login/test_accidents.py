"""An error that is no refusal is a 500, with its traceback in the log.

Each of these was once taken for something else that could have caused it.
"""

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import user_signed_up
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY, authenticate, get_user_model
from django.db import IntegrityError, OperationalError
from django.db.models import Manager
from django.db.models.signals import post_save, pre_save

from tests.admin.conftest import person as person  # a fixture
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.core import counts
from ttminis_auth.linking.detect import consider
from ttminis_auth.models import DailyCount, Identity
from ttminis_auth.signals import merging_users

pytestmark = pytest.mark.django_db

User = get_user_model()


class LostAdapter(DefaultSocialAccountAdapter):
    """Loses the connection to the database at a first login."""

    def save_user(self, request, sociallogin, form=None):
        raise OperationalError("the connection is lost")


class ConnectsAnywayAdapter(DefaultSocialAccountAdapter):
    """Connects every account to the user named olga."""

    def pre_social_login(self, request, sociallogin):
        sociallogin.connect(request, User.objects.get(username="olga"))


class BuggyAddressAdapter(DefaultAccountAdapter):
    def is_safe_url(self, url):
        return int(url)


class NobodyShown(Manager):
    def get_queryset(self):
        return super().get_queryset().none()


class BrokenAfterHidingAdapter(DefaultAccountAdapter):
    """Fails while a user that the project hides is logged in."""

    def login(self, request, user):
        manager = NobodyShown()
        manager.model = User
        vars(User._meta)["default_manager"] = manager
        raise OperationalError("the disk is full")


@pytest.fixture
def break_down(hear):
    """Have a receiver of the project's raise an error."""

    def arrange(signal, error, sender=User):
        def fail(sender=None, **kwargs):
            if sender in (None, wanted):
                raise error

        wanted = sender
        hear(signal, fail)

    return arrange


def crash(error="unique constraint of the project's"):
    return IntegrityError(error)


@pytest.fixture
def lost(settings):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.LostAdapter"


# The first login, which had its errors taken for those of a merge.


def test_a_receiver_s_error_at_a_first_login_is_raised(send_code, break_down):
    break_down(post_save, crash())

    with pytest.raises(IntegrityError, match="the project's"):
        send_code("mia")

    assert not User.objects.exists()


def test_an_error_of_the_database_at_a_first_login_is_raised(send_code, lost):
    with pytest.raises(OperationalError, match="lost"):
        send_code("mia")


def test_error_of_the_database_is_a_500_in_the_log(
    send_code, client, break_down, caplog
):
    break_down(post_save, crash())
    client.raise_request_exception = False

    assert send_code("mia").status_code == 500
    logged = [r for r in caplog.records if r.name == "django.request"]
    assert [r.exc_info[0] for r in logged] == [IntegrityError]


def test_error_of_the_database_is_raised_to_a_headless_client(
    client, tiktok, break_down
):
    break_down(post_save, crash())
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = "/_allauth/browser/v1/auth/provider/token"

    with pytest.raises(IntegrityError, match="the project's"):
        client.post(url, body, content_type="application/json")


def test_error_of_the_database_is_raised_by_authenticate(tiktok, break_down):
    break_down(post_save, crash())

    with pytest.raises(IntegrityError, match="the project's"):
        authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia"))


def test_an_error_after_the_sign_up_is_raised(send_code, client, break_down):
    break_down(user_signed_up, crash())

    with pytest.raises(IntegrityError, match="the project's"):
        send_code("mia")

    assert SESSION_KEY not in client.session


def test_a_hidden_user_is_not_taken_for_merged(
    send_code, client, settings, monkeypatch
):
    monkeypatch.setitem(vars(User._meta), "default_manager", User.objects)
    settings.ACCOUNT_ADAPTER = f"{__name__}.BrokenAfterHidingAdapter"

    with pytest.raises(OperationalError, match="full"):
        send_code("mia")


# What had its errors taken for those of a race.


def test_a_hook_that_connects_a_known_account_gets_an_error(
    send_code, client, local_user, settings
):
    send_code("mia")
    client.logout()
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.ConnectsAnywayAdapter"

    with pytest.raises(IntegrityError):
        send_code("mia")

    assert SocialAccount.objects.get().user != local_user


def test_does_not_exist_in_a_receiver_of_a_merge_is_raised(
    person, hear, settings, tiktok
):
    settings.TTMINIS_UNION_LINKING = "merge"
    identity = person("mia", union_id="u")
    person("mia-game", app=GAME, union_id="u")

    def look_up(**kwargs):
        SocialAccount.objects.get(pk=-1)

    hear(merging_users, look_up)

    with pytest.raises(SocialAccount.DoesNotExist):
        consider(Identity.objects.get(pk=identity.pk))


def test_a_count_that_cannot_be_written_is_not_taken_for_written(send_code, break_down):
    break_down(pre_save, crash(), DailyCount)
    send_code("mia")
    counted = counts.unwritten.counts

    with pytest.raises(IntegrityError):
        counts._write(counted, counts._connection())


# What had its errors taken for those of the request.


def test_a_bug_in_a_project_s_is_safe_url_is_raised(send_code, settings):
    settings.ACCOUNT_ADAPTER = f"{__name__}.BuggyAddressAdapter"

    with pytest.raises(ValueError, match="invalid literal"):
        send_code("mia", next="/shop/")


@pytest.mark.parametrize("address", ["//[", "http://[::1", "https://a℀b/"])
def test_an_unreadable_address_is_still_the_client_s_mistake(send_code, address, db):
    response = send_code("mia", next=address)

    assert (response.status_code, error_code(response)) == (400, "invalid_request")
