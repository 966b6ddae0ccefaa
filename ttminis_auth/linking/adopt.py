"""Link TikTok users that a site had before it used this package to Django users.

An adopted person gets a social account and an identity, as after a login. So the next
silent login leads to the user that the site named, and not to a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.db.models import IntegerField

from ..core import database
from ..core.failures import note_failure
from ..core.identities import facts_of
from ..core.locks import hold
from ..identity import stored_data
from ..models import Identity
from ..tiktok.identifiers import identifier
from .staff_rules import is_privileged

# TikTok has not vouched yet for an adopted person: any event is newer.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownPerson:
    """A TikTok user as the site stored them.

    Attributes:
        open_id: the site's, in the app that they are adopted for.
        users: the values that name their user. More than one is a contradiction.
        union_ids: those that the site has stored; usually one, or none.
        row: where they stand in the source, from 1.
    """

    open_id: str
    users: Collection[str]
    union_ids: Collection[str] = ()
    row: int = 0


@dataclass(slots=True)
class Adopted:
    """What became of some people.

    Attributes:
        new: who have an identity now.
        before: who had it, for the same user.
        refused: the others, each with the reason, in words for the operator.
    """

    new: list[KnownPerson] = field(default_factory=list)
    before: list[KnownPerson] = field(default_factory=list)
    refused: list[tuple[KnownPerson, str]] = field(default_factory=list)

    def __iadd__(self, other: Adopted) -> Adopted:
        self.new += other.new
        self.before += other.before
        self.refused += other.refused
        return self


def adopt(
    app: SocialApp,
    people: Sequence[KnownPerson],
    *,
    user_field: str,
    dry_run: bool,
) -> Adopted:
    """Link some hundred people to their users, each with all or nothing.

    Arguments:
        app: the Minis app, or that of allauth's ``tiktok``, that the open_ids are of.
        user_field: the field of the user model that ``KnownPerson.users`` names.
        dry_run: look, and store nothing.
    """
    try:
        with database.atomic():
            batch = _Batch(app, people, user_field)
            done = batch.judge()
            if not dry_run:
                batch.store(done.new)
            return done
    except IntegrityError as error:
        if len(people) == 1:
            return Adopted(refused=[(people[0], _noted(people[0], error))])
    # A login may have stored one of them meanwhile. Tried one by one, the others are
    # stored.
    done = Adopted()
    for person in people:
        done += adopt(app, [person], user_field=user_field, dry_run=dry_run)
    return done


def _noted(person: KnownPerson, error: IntegrityError) -> str:
    # It may be a constraint, or a receiver, of the project's.
    name = note_failure(f"Row {person.row} is not adopted", error)
    return f"the database refused it, see the log ({name})"


class _Batch:
    """Some people, and what is stored of them and of the users that they name.

    Make it in a transaction: it holds the users.
    """

    def __init__(
        self, app: SocialApp, people: Sequence[KnownPerson], user_field: str
    ) -> None:
        self.client_key = app.client_id
        self.provider = app.provider_id or app.provider
        self.people = people
        self.pks = _keys_by_value(user_field, {u for p in people for u in p.users})
        self.users = hold(*{pk for pks in self.pks.values() for pk in pks})
        self.accounts = self._stored_accounts()

    def judge(self) -> Adopted:
        """Return what becomes of each."""
        done = Adopted()
        for person in self.people:
            if reason := self._reason_against(person):
                done.refused.append((person, reason))
            elif hasattr(self.accounts.get(person.open_id), "ttminis_identity"):
                done.before.append(person)
            else:
                done.new.append(person)
        return done

    def store(self, people: Iterable[KnownPerson]) -> None:
        """Make the accounts and identities that are missing."""
        fresh = [self._account(p) for p in people if p.open_id not in self.accounts]
        SocialAccount.objects.bulk_create(fresh)
        # Not every database returns the keys of new rows.
        self.accounts = self._stored_accounts()
        Identity.objects.bulk_create(map(self._identity, people))

    def _stored_accounts(self) -> dict[str, SocialAccount]:
        """Return the account that a login with each of the open_ids would find."""
        # PostgreSQL raises where a text has a null byte.
        open_ids = [p.open_id for p in self.people if identifier(p.open_id)]
        rows = SocialAccount.objects.select_related("ttminis_identity")
        named = rows.filter(provider=self.provider, uid__in=open_ids)
        found = {account.uid: account for account in named}
        names = {"client_key": self.client_key, "open_id__in": open_ids}
        for identity in Identity.objects.select_related("account").filter(**names):
            found[identity.open_id] = identity.account
        return found

    def _reason_against(self, person: KnownPerson) -> str:
        """Return why this person is not adopted; empty where nothing is against it."""
        if identifier(person.open_id) is None:
            return "this is no open_id"
        if len(person.users) > 1:
            return f"several users are named: {', '.join(person.users)}"
        (named,) = person.users
        if not named:
            return "no user is named"
        pks = self.pks.get(named, [])
        if len(pks) > 1:
            return f"several users are called {named}"
        user = self.users.get(pks[0]) if pks else None
        if user is None:
            return f"there is no user {named}"
        # An attacker who can write to the site's list could put their own open_id
        # beside an operator, and log in as the operator.
        if is_privileged(user):
            return f"user {named} is staff: have a superuser link them in the admin"
        if len(self._union_ids(person)) > 1:
            return "several union_ids are named"
        account = self.accounts.get(person.open_id)
        if account and account.user_id != user.pk:
            return f"it is user {account.user_id}'s already: merge them in the admin"
        identity = getattr(account, "ttminis_identity", None)
        if identity and identity.client_key != self.client_key:
            return f"the app {identity.client_key} stores it under the same provider_id"
        return ""

    def _union_ids(self, person: KnownPerson) -> set[str]:
        """Return what the source and the stored account call the person."""
        account = self.accounts.get(person.open_id)
        stored = stored_data(account.extra_data if account else None)
        known = map(identifier, [*person.union_ids, stored.get("union_id")])
        return {union_id for union_id in known if union_id}

    def _account(self, person: KnownPerson) -> SocialAccount:
        (named,) = person.users
        (user,) = (self.users[pk] for pk in self.pks[named])
        extra_data = {"open_id": person.open_id}
        for union_id in self._union_ids(person):
            extra_data["union_id"] = union_id
        return SocialAccount(
            provider=self.provider, uid=person.open_id, user=user, extra_data=extra_data
        )

    def _identity(self, person: KnownPerson) -> Identity:
        account = self.accounts[person.open_id]
        facts = facts_of(account, self.client_key)
        facts["union_id"] = next(iter(self._union_ids(person)), None)
        return Identity(account=account, vouched_at=NEVER, **facts)


def require_user_field(name: str) -> Any:
    """Return a field of the user model; raises FieldDoesNotExist."""
    meta = get_user_model()._meta
    column: Any = meta.pk if name == "pk" else meta.get_field(name)
    if not column.concrete:
        raise FieldDoesNotExist(f"{name} is no column of {meta.label}")
    return column


def _keys_by_value(user_field: str, values: Iterable[str]) -> dict[str, list[object]]:
    """Return the keys of the users whose field has each of the values, exactly."""
    column = require_user_field(user_field)
    known: dict[object, list[str]] = {}
    for value in values:
        if "\x00" in value:
            continue  # PostgreSQL raises
        try:
            stored = column.to_python(value)
            if isinstance(column, IntegerField):
                column.run_validators(stored)  # or some databases refuse the query
        except ValidationError:
            continue  # "Olga" is no number, so it is no user's key
        known.setdefault(stored, []).append(value)
    rows = get_user_model()._default_manager.filter(
        **{f"{user_field}__in": list(known)}
    )
    keys: dict[str, list[object]] = {}
    # Django 5.2.0 gives a column once that is asked for twice.
    for row in rows.values(*{user_field, "pk"}):
        # Some collations find a name whatever its case: that is another user.
        for value in known.get(row[user_field], ()):
            keys.setdefault(value, []).append(row["pk"])
    return keys
