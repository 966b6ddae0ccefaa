"""Invariants that are checked after each step of the machine."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user, get_user_model
from django.http import HttpRequest
from django.test import Client
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.fixtures import DRAMA, GAME
from tests.grants import access
from tests.properties.model import AppUser, Model
from tests.web.conftest import WEB
from ttminis_auth.models import Grant, Identity
from ttminis_auth.simulator.world import world

CLIENT_KEYS = {"drama": DRAMA, "game": GAME, "web": WEB}
PROVIDERS = {"drama": "drama", "game": "game", "web": "tiktok"}


class Checked(RuleBasedStateMachine):
    """A machine that compares its database, sessions and TikTok with its model."""

    model: Model
    clients: dict[str, Client]

    @invariant()
    def check_all(self) -> None:
        """Check all at once, or a counterexample would list each check at each step."""
        self.check_each_identity_has_its_user()
        self.check_no_user_is_missing_or_unexpected()
        self.check_no_identity_has_another_person_s_user()
        self.check_every_active_user_can_log_in()
        self.check_sessions_have_their_users()
        self.check_no_profile_is_lost()
        self.check_no_consent_is_lost()
        self.check_one_grant_for_each_set_of_scopes()

    @cached_property
    def names(self) -> dict[tuple[str, str], AppUser]:
        return {
            (key, world.open_id(person.handle, key)): (person.handle, app)
            for person in world.people
            for app, key in CLIENT_KEYS.items()
        }

    def identities(self) -> dict[AppUser, Identity]:
        found = Identity.objects.with_user().prefetch_related("grants")
        return {self.names[one.client_key, one.open_id]: one for one in found}

    def check_each_identity_has_its_user(self) -> None:
        """Comes first, as it stores the primary keys of new users in the model."""
        identities = self.identities()
        assert identities.keys() == self.model.owners.keys()
        assert len(identities) == Identity.objects.count()
        assert len(identities) == SocialAccount.objects.count()
        for app_user, identity in identities.items():
            account, user = identity.account, self.model.owners[app_user]
            assert account.uid == identity.open_id
            assert account.provider == PROVIDERS[app_user[1]]
            user.pk = user.pk or account.user_id
            assert account.user_id == user.pk

    def check_no_user_is_missing_or_unexpected(self) -> None:
        stored = get_user_model().objects.values_list("pk", flat=True)
        assert sorted(stored) == sorted(user.pk for user in self.model.users)

    def check_no_identity_has_another_person_s_user(self) -> None:
        """A user belongs to one person, or to all that connected an account."""
        for (person, _), user in self.model.owners.items():
            assert person in user.people, f"{person} reaches {user.people}"

    def check_every_active_user_can_log_in(self) -> None:
        """Only an operator can take the last login of a user away."""
        taken = [user.pk for user in self.model.users if user.orphaned]
        active = get_user_model().objects.filter(is_active=True, socialaccount=None)
        for user in active.exclude(pk__in=taken):
            assert user.has_usable_password()

    def check_sessions_have_their_users(self) -> None:
        for browser, session in self.model.sessions.items():
            assert self.user_pk(browser) == (session.user and session.user.pk), browser

    def check_no_profile_is_lost(self) -> None:
        for app_user, identity in self.identities().items():
            name = world.person(app_user[0]).display_name
            expected = name if self.model.known[app_user].profile else None
            assert identity.account.extra_data.get("display_name") == expected
            union_id = world.union_id(app_user[0], identity.client_key)
            assert identity.union_id == (expected and union_id)

    def check_no_consent_is_lost(self) -> None:
        """Each grant is active at TikTok, or a broader active one covers it."""
        for app_user, identity in self.identities().items():
            active = [active_scopes(app_user, grant) for grant in identity.grants.all()]
            for scopes in self.model.known[app_user].granted:
                assert any(scopes <= other for other in active)

    def check_one_grant_for_each_set_of_scopes(self) -> None:
        assert not Grant.objects.filter(identity=None).exists()
        for identity in self.identities().values():
            scopes = [frozenset(grant.scope_list) for grant in identity.grants.all()]
            assert len(scopes) == len(set(scopes))

    def identity(self, app_user: AppUser) -> Identity:
        key = CLIENT_KEYS[app_user[1]]
        open_id = world.open_id(app_user[0], key)
        return Identity.objects.get(client_key=key, open_id=open_id)

    def user_pk(self, browser: str) -> Any:
        request = HttpRequest()
        request.session = self.clients[browser].session
        return get_user(request).pk


def active_scopes(app_user: AppUser, grant: Grant) -> frozenset[str]:
    """Return the scopes of a grant's token at TikTok, and check its user."""
    token_info = world.bearer(access(grant))
    if token_info is None:
        return frozenset()
    assert (token_info.handle, token_info.client_key) == (
        app_user[0],
        CLIENT_KEYS[app_user[1]],
    )
    return frozenset(token_info.scopes)
