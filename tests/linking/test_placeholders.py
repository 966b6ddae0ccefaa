"""Two strangers whose ids are missing stay two users."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client

from tests.admin.conftest import person as person  # a fixture
from tests.fixtures import DRAMA, GAME, error_code
from ttminis_auth.core.identities import ensure_identity
from ttminis_auth.linking import relink
from ttminis_auth.linking.conflicts import settle_by_merge
from ttminis_auth.linking.detect import consider
from ttminis_auth.linking.merge import MergeRefused
from ttminis_auth.models import Identity, LinkingConflict

pytestmark = pytest.mark.django_db

User = get_user_model()
TEXTS = [" ", "0", "null", "undefined", "-"]


@pytest.fixture(autouse=True)
def _two_apps(settings):
    drama = {"client_id": DRAMA, "secret": "simulated-drama-secret"}
    game = {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    settings.TTMINIS_UNION_LINKING = "merge"


@pytest.fixture(params=TEXTS)
def strangers(request, person):
    """Stored before placeholders were recognized."""
    return [
        person("mia", union_id=request.param),
        person("noah", app=GAME, union_id=request.param),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_strangers_with_a_placeholder_for_a_union_id_are_not_merged(
    text, authorize, tiktok
):
    tiktok.order_fault("placeholder_union_id", endpoint="user_info", times=2, text=text)

    authorize("mia", by=Client())
    authorize("noah", app=GAME, by=Client())

    assert User.objects.count() == 2
    assert list(Identity.objects.values_list("union_id", flat=True)) == [None, None]


def test_stored_placeholder_merges_no_users(strangers):
    assert [consider(identity) for identity in strangers] == [None, None]
    assert User.objects.count() == 2


def test_stored_placeholder_is_no_conflict(strangers, settings):
    settings.TTMINIS_UNION_LINKING = "report"

    consider(strangers[0])

    assert not LinkingConflict.objects.exists()


def test_conflict_over_a_placeholder_cannot_be_merged(strangers):
    older, younger = strangers
    conflict = LinkingConflict.objects.create(
        older=older, younger=younger, union_id=older.union_id
    )

    with pytest.raises(MergeRefused) as refused:
        settle_by_merge(conflict)

    assert refused.value.reasons == ["TikTok gave these users no union_id in common."]
    assert User.objects.count() == 2


def test_stored_placeholder_does_not_announce_a_merge(strangers, person, local_user):
    mia, _ = strangers
    person("mia2", app=GAME, user=mia.account.user, union_id=mia.union_id)

    assert relink.warnings_about(mia, local_user) == []


@pytest.mark.parametrize("stored", [*TEXTS, 7, ["x"], "x" * 200])
def test_union_id_of_extra_data_is_taken_only_if_it_is_one(stored, local_user):
    account = SocialAccount.objects.create(
        user=local_user, provider="ttminis", uid="o-1", extra_data={"union_id": stored}
    )

    assert ensure_identity(account, DRAMA).union_id is None


def test_consent_replaces_a_stored_placeholder(authorize, tiktok):
    authorize("mia", by=Client())
    Identity.objects.update(union_id="0")

    authorize("mia", by=Client())

    assert Identity.objects.get().union_id == tiktok.union_id("mia", DRAMA)


@pytest.mark.parametrize("text", TEXTS)
def test_login_of_a_placeholder_is_refused(text, send_code, tiktok):
    tiktok.order_fault("placeholder_open_id", text=text)

    response = send_code("mia", client_key=DRAMA)

    assert (response.status_code, error_code(response)) == (503, "tiktok_unavailable")
    assert not User.objects.exists()


def test_login_of_a_placeholder_does_not_enter_as_its_stored_user(
    person, send_code, client, tiktok
):
    person("mia", open_id="0")
    tiktok.order_fault("placeholder_open_id", text="0")

    assert send_code("noah", client_key=DRAMA).status_code == 503
    assert "_auth_user_id" not in client.session
