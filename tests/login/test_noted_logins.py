"""A login soon after another one stores its grant, and notes nothing a second time."""

from datetime import timedelta

import pytest
from allauth.core.context import request_context
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from tests.fixtures import BASIC, DRAMA
from tests.sessions import is_logged_in
from ttminis_auth.core import session_hash
from ttminis_auth.core.client_apps import get_provider
from ttminis_auth.errors import Overtaken
from ttminis_auth.linking import relink
from ttminis_auth.login import enter
from ttminis_auth.models import Grant, Identity
from ttminis_auth.models.identity import NOTED_FOR
from ttminis_auth.removal import deauthorize, erasure
from ttminis_auth.tiktok.secret import Secret
from ttminis_auth.tokens.refresh_all import due

pytestmark = pytest.mark.django_db

User = get_user_model()
NARROW = "user.info.open_id"


@pytest.fixture
def mia(send_code):
    send_code("mia", by=Client())
    return Identity.objects.with_user().get()


def noted():
    """Return when the last login was noted, by us and by allauth."""
    identity = Identity.objects.select_related("account").get()
    return identity.vouched_at, identity.account.last_login


def put_back(*, by):
    """Have the last login be longer ago."""
    Identity.objects.update(vouched_at=Identity.objects.get().vouched_at - by)


def token(scopes=NARROW):
    return Grant.objects.get(scopes=scopes).decrypt_access_token().reveal()


def test_grant_of_a_repeated_login_is_stored(mia, send_code):
    before = token()

    send_code("mia")

    assert token() != before
    assert Grant.objects.get().dead_at is None


def test_a_session_that_goes_on_is_not_noted_again(send_code):
    send_code("mia")
    before = noted()

    send_code("mia")

    assert noted() == before


def test_a_new_session_is_noted_by_allauth_alone(mia, send_code):
    vouched_at, last_login = noted()

    send_code("mia")

    assert noted()[0] == vouched_at
    assert noted()[1] > last_login


def test_a_later_login_is_noted_in_any_session(send_code):
    send_code("mia")
    put_back(by=NOTED_FOR)
    vouched_at, last_login = noted()

    send_code("mia")

    assert noted()[0] > vouched_at
    assert noted()[1] > last_login


def test_time_in_the_future_is_corrected_by_the_next_login(mia, send_code):
    put_back(by=-timedelta(days=1))

    send_code("mia")

    assert deauthorize.remove(mia, reason=1, at=timezone.now()) is True


def test_repeated_login_outdates_an_older_removal(mia, send_code):
    put_back(by=timedelta(minutes=5))
    send_code("mia")
    Grant.objects.get().mark_unusable()

    at = timezone.now() - timedelta(minutes=1)
    assert deauthorize.remove(mia, reason=1, at=at) is False


def test_user_of_a_repeated_login_is_not_absent_to_the_refresh(
    mia, send_code, settings
):
    settings.TTMINIS_REFRESH_AFTER_LOGIN = timedelta(hours=1)
    send_code("mia")

    assert due(within=timedelta(days=365)).count() == 1


def test_without_stored_tokens_every_login_is_noted(mia, send_code, settings):
    settings.TTMINIS_STORE_TOKENS = False
    vouched_at, _ = noted()

    send_code("mia")

    assert noted()[0] > vouched_at


def test_a_removal_of_just_now_is_undone(mia, send_code, client):
    deauthorize.remove(mia, reason=1, at=timezone.now())

    send_code("mia")

    assert Identity.objects.get().state == Identity.State.ACTIVE
    assert is_logged_in(client)


def test_repeated_login_makes_an_identity_active_again(mia, send_code):
    Grant.objects.get().mark_unusable()
    mia.mark_needs_login()

    send_code("mia")

    assert Identity.objects.get().state == Identity.State.ACTIVE
    assert Grant.objects.get().dead_at is None


def test_a_broad_login_still_replaces_the_narrow_grant_beside_it(authorize, send_code):
    authorize("mia")
    send_code("mia")
    assert Grant.objects.count() == 2

    authorize("mia", process="login")

    assert Grant.objects.get().scopes == ",".join(sorted(BASIC))


def test_a_narrow_login_leaves_the_broad_grant_alone(authorize, send_code):
    authorize("mia")
    broad = token(",".join(sorted(BASIC)))
    send_code("mia")
    send_code("mia")

    assert token(",".join(sorted(BASIC))) == broad
    assert Grant.objects.count() == 2


def test_a_grant_that_is_gone_meanwhile_is_stored_anew(mia, meanwhile):
    meanwhile(lambda: Grant.objects.all().delete())

    assert Grant.objects.get().scopes == NARROW


# --- what happens after the look and before the lock


def unlink():
    User.objects.update(password="md5$salt$hash")
    relink.unlink(Identity.objects.get(), revoke=False)


def link_to_another():
    User.objects.update(password="md5$salt$hash")
    relink.link(Identity.objects.get(), User.objects.create_user("olga"))


ENDS = {
    "removal": lambda: deauthorize.remove(
        Identity.objects.get(), reason=1, at=timezone.now()
    ),
    "end of sessions": lambda: session_hash.end(User.objects.get()),
    "erasure": lambda: erasure.erase(Identity.objects.get(), revoke=False),
    "unlinking": unlink,
    "link to another": link_to_another,
    "another owner by hand": lambda: SocialAccount.objects.update(
        user=User.objects.create_user("olga")
    ),
}


@pytest.fixture(params=["new session", "same session"])
def meanwhile(request, mia, tiktok, rf):
    """Log in, and act between the policy's look and what follows."""

    def log_in(act):
        http = rf.post("/")
        http.session, http.user = SessionStore(), AnonymousUser()
        http._messages = BaseStorage(http)
        if request.param == "same session":
            http.user = User.objects.get()
        with request_context(http):
            code = Secret(tiktok.issue_code(DRAMA, "mia"))
            login = enter.verify(http, get_provider(http), code)
            login.step(http)
            act()
            return enter.enter(http, login)

    return log_in


@pytest.mark.parametrize("ago", [timedelta(0), NOTED_FOR], ids=["noted", "long ago"])
def test_a_grant_that_a_consent_has_broadened_meanwhile_stays(
    meanwhile, authorize, send_code, ago
):
    put_back(by=ago)

    def consent():
        authorize("mia", by=Client())
        broad.append(token(",".join(sorted(BASIC))))
        # The narrow grant of this one stands beside it.
        send_code("mia", by=Client())

    broad = []
    meanwhile(consent)

    assert broad == [token(",".join(sorted(BASIC)))]
    assert Grant.objects.count() == 2


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_repeated_login_is_refused_after_an_end(meanwhile, end):
    before = list(Grant.objects.values_list("access_token", flat=True))

    with pytest.raises(Overtaken):
        meanwhile(end)

    kept = Grant.objects.active().values_list("access_token", flat=True)
    assert set(kept) <= set(before)


def test_unrelated_changes_do_not_refuse_a_repeated_login(meanwhile, mia):
    outcome = meanwhile(lambda: User.objects.update(first_name="Mia"))

    assert outcome.user == mia.account.user
