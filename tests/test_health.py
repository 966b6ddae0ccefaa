"""Whether tokens are healthy: what a grant says, and what the database says."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fixtures import DRAMA
from tests.grants import encrypted
from tests.lengths import times
from ttminis_auth.models import Grant, Identity

pytestmark = pytest.mark.django_db

# Seconds, around every border there is: ten minutes, a tenth of a lifetime, now.
LIFETIMES = st.sampled_from([None, 1, 60, 1000, 5_999, 6_001, 7_200, 86_400])
AGES = st.sampled_from([0, 1, 50, 899, 901, 5_399, 5_401, 6_599, 6_601, 85_801, 90_000])
TOKENS = st.sampled_from([None, "a token"])
GRANTS = st.tuples(
    LIFETIMES, LIFETIMES, AGES, TOKENS, TOKENS, st.sampled_from([True, False, False])
)


@pytest.fixture
def moment(monkeypatch):
    """Let no time pass: some borders are a tenth of a second away."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def identity():
    user = get_user_model().objects.create_user("mia")
    account = SocialAccount.objects.create(user=user, provider="ttminis", uid="mia")
    return Identity.objects.create(account=account, client_key=DRAMA, open_id="mia")


def add(identity, number, facts):
    access, refresh, age, access_token, refresh_token, is_dead = facts
    issued = timezone.now() - timedelta(seconds=age)
    moment = lambda life: None if life is None else issued + timedelta(seconds=life)  # noqa: E731
    return Grant.objects.create(
        identity=identity,
        scopes=f"scope.{number}",
        **encrypted(identity, access_token=access_token, refresh_token=refresh_token),
        access_expires_at=moment(access),
        refresh_expires_at=moment(refresh),
        issued_at=issued,
        dead_at=issued if is_dead else None,
    )


def on_each_side_of_the_margin(test):
    """Try the borders whatever else is made up: a tenth of a lifetime, ten minutes."""
    for life, age in ((1000, 899), (1000, 901), (5_999, 5_399), (6_001, 5_401)):
        test = example(facts=(life, None, age, "a token", None, False))(test)
    for age in (6_599, 6_601):
        test = example(facts=(7_200, None, age, "a token", None, False))(test)
    return test


@settings(max_examples=times(40))
@on_each_side_of_the_margin
@given(facts=GRANTS)
@pytest.mark.usefixtures("moment")
def test_the_database_judges_a_grant_as_the_grant_itself_does(identity, facts):
    identity.grants.all().delete()
    grant = add(identity, 1, facts)

    assert Grant.objects.with_health().get().health_now == grant.health


@settings(max_examples=times(20))
@given(several=st.lists(GRANTS, max_size=3))
@pytest.mark.usefixtures("moment")
def test_the_database_judges_an_identity_by_its_best_grant(identity, several):
    identity.grants.all().delete()
    for number, facts in enumerate(several):
        add(identity, number, facts)

    (annotated,) = Identity.objects.with_health()

    assert annotated.health_now == identity.health


def test_to_judge_identities_reads_no_token(identity, settings):
    add(identity, 1, (7_200, None, 0, "a token", None, False))
    settings.SECRET_KEY = "another key, to which the token is closed"

    assert Identity.objects.with_health().get().health_now == "ok"
