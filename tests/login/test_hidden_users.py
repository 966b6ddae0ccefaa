"""A user that the project's default manager hides is refused like an inactive one.

Django's sessions know no such user: the visitor would be anonymous at the next request.
"""

import pytest
from allauth.account.signals import user_signed_up
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from asgiref.sync import async_to_sync
from django.contrib.auth import SESSION_KEY, aauthenticate, authenticate, get_user_model
from django.contrib.auth.models import UserManager
from django.db.models import Manager, QuerySet
from django.test import Client

from tests.admin.conftest import person as person  # a fixture
from tests.core.test_locks import NotDeleted
from tests.core.test_locks import managed_by as managed_by  # a fixture
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.core.locks import is_shown
from ttminis_auth.linking.detect import consider
from ttminis_auth.models import Grant, Identity, LinkingConflict

pytestmark = pytest.mark.django_db

User = get_user_model()


class HidingAdapter(DefaultSocialAccountAdapter):
    """Has an operator approve each new user first."""

    def populate_user(self, request, sociallogin, data):
        user = super().populate_user(request, sociallogin, data)
        user.last_name = "deleted"
        return user


class Few(QuerySet):
    """Filters by itself, as soft-deletion packages do."""

    def filter(self, *args, **kwargs):
        return super().filter(*args, **kwargs).exclude(last_name="deleted")


@pytest.fixture
def hide(managed_by):
    def hide(**who):
        managed_by(NotDeleted())
        User.objects.filter(**who).update(last_name="deleted")

    return hide


@pytest.fixture
def hidden_mia(send_code, hide):
    send_code("mia", by=Client())
    hide()


@pytest.fixture
def _approved_first(settings, managed_by):
    managed_by(NotDeleted())
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.HidingAdapter"


def headless(client, tiktok):
    token = {"client_id": DRAMA, "access_token": tiktok.issue_code(DRAMA, "mia")}
    body = {"provider": "ttminis", "process": "login", "token": token}
    url = "/_allauth/browser/v1/auth/provider/token"
    return client.post(url, body, content_type="application/json")


def refusal(response):
    return response.status_code, error_code(response)


@pytest.mark.parametrize("process", ["login", "switch", "authorize"])
def test_a_hidden_user_is_refused(hidden_mia, send_code, client, process):
    response = send_code("mia", process=process)

    assert refusal(response) == (403, "user_inactive")
    assert SESSION_KEY not in client.session


def test_nothing_is_stored_of_a_hidden_user(hidden_mia, send_code):
    before = Grant.objects.get().issued_at

    send_code("mia")

    assert Grant.objects.get().issued_at == before


def test_a_headless_client_of_theirs_is_refused(hidden_mia, client, tiktok):
    assert refusal(headless(client, tiktok)) == (400, "user_inactive")


def test_authenticate_does_not_find_them(hidden_mia, tiktok):
    assert authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia")) is None


def test_the_async_twin_does_not_either(hidden_mia, tiktok):
    code = tiktok.issue_code(DRAMA, "mia")

    assert async_to_sync(aauthenticate)(None, ttminis_code=code) is None


def test_no_account_is_connected_to_a_hidden_user(olga, send_code, client, hide):
    """Their session is anonymous."""
    hide()

    assert refusal(send_code("mia", process="connect")) == (401, "login_required")
    assert not Identity.objects.exists()


@pytest.mark.usefixtures("_approved_first")
def test_a_new_user_that_the_project_hides_is_not_logged_in(send_code, client, hear):
    signed_up = []
    hear(user_signed_up, lambda user, **kwargs: signed_up.append(user))

    assert refusal(send_code("mia")) == (403, "user_inactive")
    assert SESSION_KEY not in client.session
    assert signed_up == [User.objects.get()]


@pytest.mark.usefixtures("_approved_first")
def test_a_new_user_may_be_shown_later(send_code, client):
    send_code("mia")
    User.objects.update(last_name="")

    assert send_code("mia").status_code == 200


@pytest.mark.usefixtures("_approved_first")
def test_a_headless_client_of_a_new_hidden_user_is_refused(client, tiktok):
    assert refusal(headless(client, tiktok)) == (400, "user_inactive")


@pytest.mark.usefixtures("_approved_first")
def test_authenticate_does_not_find_a_new_hidden_user(tiktok):
    assert authenticate(None, ttminis_code=tiktok.issue_code(DRAMA, "mia")) is None


def test_a_hidden_user_that_a_hook_names_is_refused(
    send_code, client, hide, local_user, settings
):
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.OlgaAdapter"
    hide()

    assert refusal(send_code("mia")) == (403, "user_inactive")
    assert SESSION_KEY not in client.session


class OlgaAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request, sociallogin):
        sociallogin.user = User.objects.get(username="olga")


def test_a_consent_reports_a_hidden_user_that_it_cannot_merge(
    person, managed_by, settings
):
    settings.TTMINIS_UNION_LINKING = "merge"
    older = person("mia", union_id="u").account.user
    younger = person("mia-game", app=GAME, union_id="u")
    managed_by(NotDeleted())
    User.objects.filter(pk=older.pk).update(last_name="deleted")

    assert consider(younger) is None
    assert LinkingConflict.objects.get().reason == LinkingConflict.Reason.INACTIVE


# Which managers are asked.


@pytest.mark.parametrize("manager", [NotDeleted(), Manager.from_queryset(Few)()])
def test_a_manager_that_filters_is_asked(managed_by, local_user, manager):
    managed_by(manager)
    shown = is_shown(local_user)
    User.objects.update(last_name="deleted")

    assert (shown, is_shown(local_user)) == (True, False)


@pytest.mark.parametrize("manager", [Manager(), UserManager()])
def test_django_s_own_managers_cost_no_statement(
    managed_by, local_user, manager, django_assert_num_queries
):
    managed_by(manager)

    with django_assert_num_queries(0):
        assert is_shown(local_user)
