"""What the list of identities can be narrowed down to.

Each leaves the database a condition that its statistics or an index can judge: with a
million identities, the rare ones are looked for.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeAlias

from allauth.account.models import EmailAddress
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..identity import searchable_name
from ..models import Grant, Health, Identity
from ..models.health import MARGIN
from ..tiktok.scopes import BASIC, PROFILE
from .base import Row
from .columns import app_names

Lookups: TypeAlias = Iterable[tuple[str, Any]]

# A silent login's scope, which no page of TikTok's names.
OPEN_ID = "user.info.open_id"
# Sites have a few apps. Those with more find them by search.
MOST_APPS = 50


class ChoiceFilter(SimpleListFilter, Generic[Row]):
    """A filter that takes what it offers and nothing else."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> QuerySet[Row]:
        value = self.value()
        if value is None:
            return queryset
        if value not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return self.narrow(queryset, value)

    @abstractmethod
    def narrow(self, queryset: QuerySet[Row], value: str) -> QuerySet[Row]:
        """Return the rows of which ``value`` is true."""


class AppFilter(ChoiceFilter[Row]):
    """By app: the configured ones, and those that left only identities."""

    title = _("app")
    parameter_name = "app"

    def lookups(self, request: HttpRequest, model_admin: object) -> Lookups:
        names = {key: key for key in client_keys()} | app_names()
        return sorted(names.items(), key=lambda item: item[1].casefold())

    def narrow(self, queryset: QuerySet[Row], value: str) -> QuerySet[Row]:
        return queryset.filter(client_key=value)


class HealthFilter(ChoiceFilter[Identity]):
    """By the health of the best tokens; the list needs ``with_health``."""

    title = _("token health")
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: object) -> Lookups:
        return Health.choices

    def narrow(self, queryset: QuerySet[Identity], value: str) -> QuerySet[Identity]:
        health = Health(value)
        theirs: Any = Grant.objects.filter(identity=OuterRef("pk")).with_health()
        if health is Health.NONE:
            return queryset.filter(~Exists(theirs))
        # What makes a grant healthy is more than a database can estimate. It would try
        # every identity, the newest first, until it has a page full; of a rare health
        # there is none. So the query also names what is true of each such grant.
        such = theirs.filter(_likely(health), health_now=health)
        better = theirs.filter(health_now__in=Health.values[: [*Health].index(health)])
        return queryset.filter(Exists(such), ~Exists(better))


class ScopeFilter(ChoiceFilter[Identity]):
    """By what the user allows, as far as it is still in force."""

    title = _("scope")
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: object) -> Lookups:
        return [(scope, scope) for scope in (BASIC, PROFILE, OPEN_ID)]

    def narrow(self, queryset: QuerySet[Identity], value: str) -> QuerySet[Identity]:
        # A whole word in a list with commas.
        word = rf"(^|,){re.escape(value)}(,|$)"
        active = Grant.objects.active().filter(scopes__regex=word)
        return queryset.filter(Exists(active.filter(identity=OuterRef("pk"))))


def client_keys() -> list[str]:
    """Return the client keys there are, each found by one look into the index."""
    rows = Identity.objects.order_by("client_key").values_list("client_key", flat=True)
    found: list[str] = []
    key = rows.first()
    while key is not None and len(found) < MOST_APPS:
        found.append(key)
        key = rows.filter(client_key__gt=key).first()
    return found


def _likely(health: Health) -> Q:
    """Return what is true of the best grant of this health, and easy to find."""
    now = timezone.now()
    if health is Health.DEAD:
        spent = Q(refresh_token=None) | Q(refresh_expires_at__lte=now)
        return Q(dead_at__isnull=False) | spent
    if health is Health.OK:
        fresh = Q(access_expires_at__gt=now) | Q(access_expires_at=None)
        return Q(dead_at=None) & fresh
    stale = Q(access_expires_at__lte=now + MARGIN) | Q(access_expires_at=None)
    return Q(dead_at=None) & (stale | Q(access_token=None))


# The longest thing to be found is an e-mail address.
LONGEST = 254
# Of one address. Where it is shared, these are enough to see that.
MOST_USERS = 100


def search(rows: QuerySet[Identity], term: str, limit: int) -> QuerySet[Identity]:
    """Return the first ``limit`` of the identities that the term finds, or more.

    ``rows`` keep their order and what they were filtered by. Names that merely contain
    the words are read one by one, and only where nothing else finds an identity.
    """
    term = term.strip()
    if not term:
        return rows
    # PostgreSQL raises where a text has a null byte.
    if len(term) > LONGEST or "\x00" in term:
        return rows.none()
    pks = {pk for found in _ways(term) for pk in _pks(rows.filter(found), limit)}
    words = [Q(searchable_name__contains=w) for w in searchable_name(term).split()]
    return rows.filter(pk__in=pks or _pks(rows.filter(*words), limit))


def _pks(rows: QuerySet[Model], limit: int, column: str = "pk") -> list[Any]:
    return list(rows.values_list(column, flat=True)[:limit])


def _ways(term: str) -> Iterator[Q]:
    """Yield a condition for each thing that the term may be."""
    username = get_user_model().USERNAME_FIELD
    yield Q(open_id=term)
    yield Q(union_id=term)
    yield Q(searchable_name__startswith=searchable_name(term))
    yield Q(**{f"account__user__{username}__startswith": term})
    if users := {*_users_by_key(term), *_users_by_email(term)}:
        yield Q(account__user__in=users)


def _users_by_key(term: str) -> list[object]:
    users = get_user_model()._default_manager
    try:
        key = users.model._meta.pk.to_python(term)
    except ValidationError:
        return []
    # By the users' own table: it knows which numbers are too large for it.
    return _pks(users.filter(pk=key), 1)


def _users_by_email(term: str) -> list[object]:
    if "@" not in term:
        return []
    # allauth stores them in lower case.
    known = EmailAddress.objects.filter(email=term.lower())
    return _pks(known, MOST_USERS, "user") or _users_by_own_email(term)


def _users_by_own_email(term: str) -> list[object]:
    """Look into the users' own field, which has no index in Django."""
    users = get_user_model()
    field = users.get_email_field_name()
    try:
        users._meta.get_field(field)
    except FieldDoesNotExist:
        return []
    return _pks(users._default_manager.filter(**{f"{field}__iexact": term}), MOST_USERS)
