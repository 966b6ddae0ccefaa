"""An identity is erased or refreshed during a call or another user's consent."""

from datetime import timedelta

import pytest
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tests.admin.conftest import person as person  # a fixture
from tests.fixtures import DRAMA, GAME
from ttminis_auth.linking.detect import consider
from ttminis_auth.models import Grant, Identity, LinkingConflict
from ttminis_auth.profile import user_info
from ttminis_auth.signals import linking_conflict_found, users_merged
from ttminis_auth.tiktok.types import UserInfo

pytestmark = pytest.mark.django_db(transaction=True)

User = get_user_model()


class ErasingAdapter(DefaultSocialAccountAdapter):
    """Is asked for its session right before TikTok is."""

    def get_requests_session(self):
        SocialAccount.objects.all().delete()
        return super().get_requests_session()


def test_nothing_is_reported_of_an_identity_that_is_erased_meanwhile(person, hear):
    mia = person("mia", union_id="u")
    others = [person(name, app=GAME, union_id="u") for name in ("mia-1", "mia-2")]

    def erase_the_other(conflict, **kwargs):
        reported = {conflict.older_id, conflict.younger_id}
        for other in others:
            if other.pk not in reported:
                SocialAccount.objects.filter(pk=other.account_id).delete()

    hear(linking_conflict_found, erase_the_other)

    assert consider(mia) is None
    assert LinkingConflict.objects.count() == 1


def test_the_profile_of_an_identity_that_is_erased_meanwhile_is_not_stored(
    authorize, settings
):
    authorize("mia")
    identity = Identity.objects.get()
    settings.SOCIALACCOUNT_ADAPTER = f"{__name__}.ErasingAdapter"

    assert user_info.fetch(identity) is False
    assert not Identity.objects.exists()


def test_the_profile_of_an_identity_that_is_deleted_meanwhile_is_not_stored(person):
    """The identity alone was deleted, and the account is still there."""
    identity = person("mia")
    before = SocialAccount.objects.get().extra_data
    Identity.objects.all().delete()
    info = UserInfo(
        open_id=identity.open_id, union_id="u", display_name="M", avatar_url=None
    )

    assert user_info.store(identity, info) is False
    assert SocialAccount.objects.get().extra_data == before


@pytest.fixture
def _two_apps(settings):
    drama = {"client_id": DRAMA, "secret": "simulated-drama-secret"}
    game = {"client_id": GAME, "secret": "simulated-game-secret", "provider_id": "game"}
    settings.SOCIALACCOUNT_PROVIDERS = {"ttminis": {"APPS": [drama, game]}}
    settings.TTMINIS_UNION_LINKING = "merge"


@pytest.mark.usefixtures("_two_apps")
def test_a_consent_that_merges_stores_its_tokens_once(authorize, hear):
    """Another worker may have renewed them since: the pair of the consent is dead."""
    authorize("mia", by=Client())
    long_ago = timezone.now() - timedelta(days=1)

    def renew(**kwargs):
        Grant.objects.update(issued_at=long_ago)

    hear(users_merged, renew)

    response = authorize("mia", app=GAME)

    assert response.json()["data"]["user"]["id"] == User.objects.get().pk
    assert set(Grant.objects.values_list("issued_at", flat=True)) == {long_ago}
