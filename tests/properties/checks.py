"""What holds after each step, whatever the people did."""

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
from tests.properties.model import Model, Seen
from tests.web.conftest import WEB
from ttminis_auth.models import Grant, Identity
from ttminis_auth.simulator.world import world

CLIENT_KEYS = {"drama": DRAMA, "game": GAME, "web": WEB}
PROVIDERS = {"drama": "drama", "game": "game", "web": "tiktok"}


class Checked(RuleBasedStateMachine):
    """A machine whose database, sessions and TikTok are held against its model."""

    model: Model
    clients: dict[str, Client]

    @invariant()
    def all_is_well(self) -> None:
        """One for all of them, or a counterexample would list each after each step."""
        self.everybody_has_one_user()
        self.there_is_no_user_too_many_and_none_missing()
        self.nobody_reaches_another_person_s_user()
        self.every_active_user_has_a_way_in()
        self.the_sessions_are_theirs()
        self.no_profile_is_lost()
        self.no_consent_is_lost()
        self.grants_are_one_for_each_set_of_scopes()

    @cached_property
    def names(self) -> dict[tuple[str, str], Seen]:
        return {
            (key, world.open_id(person.handle, key)): (person.handle, app)
            for person in world.people
            for app, key in CLIENT_KEYS.items()
        }

    def identities(self) -> dict[Seen, Identity]:
        found = Identity.objects.with_user().prefetch_related("grants")
        return {self.names[one.client_key, one.open_id]: one for one in found}

    def everybody_has_one_user(self) -> None:
        """Comes first, as it notes the keys of new users."""
        identities = self.identities()
        assert identities.keys() == self.model.owners.keys()
        assert len(identities) == Identity.objects.count()
        assert len(identities) == SocialAccount.objects.count()
        for seen, identity in identities.items():
            account, user = identity.account, self.model.owners[seen]
            assert account.uid == identity.open_id
            assert account.provider == PROVIDERS[seen[1]]
            user.pk = user.pk or account.user_id
            assert account.user_id == user.pk

    def there_is_no_user_too_many_and_none_missing(self) -> None:
        stored = get_user_model().objects.values_list("pk", flat=True)
        assert sorted(stored) == sorted(user.pk for user in self.model.users)

    def nobody_reaches_another_person_s_user(self) -> None:
        """Unless it was opened to them."""
        for (person, _), user in self.model.owners.items():
            assert person in user.people, f"{person} reaches {user.people}"

    def every_active_user_has_a_way_in(self) -> None:
        """An operator alone can take the last one."""
        taken = [user.pk for user in self.model.users if user.orphaned]
        active = get_user_model().objects.filter(is_active=True, socialaccount=None)
        for user in active.exclude(pk__in=taken):
            assert user.has_usable_password()

    def the_sessions_are_theirs(self) -> None:
        for browser, session in self.model.sessions.items():
            assert self.user_pk(browser) == (session.user and session.user.pk), browser

    def no_profile_is_lost(self) -> None:
        for seen, identity in self.identities().items():
            name = world.person(seen[0]).display_name
            expected = name if self.model.known[seen].profile else None
            assert identity.account.extra_data.get("display_name") == expected
            union_id = world.union_id(seen[0], identity.client_key)
            assert identity.union_id == (expected and union_id)

    def no_consent_is_lost(self) -> None:
        """Each grant still good at TikTok, or covered by a broader one that is."""
        for seen, identity in self.identities().items():
            alive = [scopes_alive(seen, grant) for grant in identity.grants.all()]
            for scopes in self.model.known[seen].granted:
                assert any(scopes <= still for still in alive)

    def grants_are_one_for_each_set_of_scopes(self) -> None:
        assert not Grant.objects.filter(identity=None).exists()
        for identity in self.identities().values():
            scopes = [frozenset(grant.scope_list) for grant in identity.grants.all()]
            assert len(scopes) == len(set(scopes))

    def identity(self, seen: Seen) -> Identity:
        key = CLIENT_KEYS[seen[1]]
        open_id = world.open_id(seen[0], key)
        return Identity.objects.get(client_key=key, open_id=open_id)

    def user_pk(self, browser: str) -> Any:
        request = HttpRequest()
        request.session = self.clients[browser].session
        return get_user(request).pk


def scopes_alive(seen: Seen, grant: Grant) -> frozenset[str]:
    """Ask TikTok what a grant's token is good for, and check whose it is."""
    right = world.bearer(access(grant))
    if right is None:
        return frozenset()
    assert (right.handle, right.client_key) == (seen[0], CLIENT_KEYS[seen[1]])
    return frozenset(right.scopes)
