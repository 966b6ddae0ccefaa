"""What the list of identities can be narrowed down to.

Each is a choice among what is known, and leaves the database a condition that its
statistics or an index can judge: with a million people, the rare ones are looked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Grant, Health, Identity
from ..models.health import MARGIN
from ..tiktok.scopes import BASIC, PROFILE
from .columns import app_names

# A silent login's scope, which no page of TikTok's names.
OPEN_ID = "user.info.open_id"
# Sites have a few apps. Whoever has more finds them by search.
MOST_APPS = 50


class Choice(SimpleListFilter):
    """A filter that takes what it offers and nothing else."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Narrow it down, or leave it alone where nothing is chosen."""
        value = self.value()
        if value is None:
            return queryset
        if value not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return self.narrow(queryset, value)

    @abstractmethod
    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return those of whom ``value`` is true."""


class AppFilter(Choice):
    """By the app that saw them."""

    title = _("app")
    parameter_name = "app"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the configured apps, and those that left only people."""
        names = app_names()
        names |= {key: key for key in client_keys() if key not in names}
        return sorted(names.items(), key=lambda item: item[1].casefold())

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the people of this app."""
        return queryset.filter(client_key=value)


class StateFilter(Choice):
    """By whether TikTok still lets them in."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return all states."""
        return Identity.State.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the people in this state."""
        return queryset.filter(state=value)


class HealthFilter(Choice):
    """By the health of their best tokens; the list needs ``with_health``."""

    title = _("token health")
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return all that health can be."""
        return Health.choices

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the people of this health."""
        health = Health(value)
        theirs: Any = Grant.objects.filter(identity=OuterRef("pk")).with_health()
        if health is Health.NONE:
            return queryset.filter(~Exists(theirs))
        # What makes a grant healthy is more than a database can estimate. It would try
        # everybody, the newest first, until it has a page full; of a rare health there
        # is none. So it is told, too, what is true of such a grant in any case.
        such = theirs.filter(_likely(health), health_now=health)
        better = list(Health)[: list(Health).index(health)]
        return queryset.filter(
            Exists(such), ~Exists(theirs.filter(health_now__in=better))
        )


class ScopeFilter(Choice):
    """By what they allow, as far as it is still in force."""

    title = _("scope")
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[Any]:
        """Return the scopes that are worth looking for."""
        return [(scope, scope) for scope in (BASIC, PROFILE, OPEN_ID)]

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Return the people of whom a living grant has this scope."""
        living = Grant.objects.living().filter(identity=OuterRef("pk"))
        return queryset.filter(Exists(living.filter(_has_scope(value))))


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


def _has_scope(scope: str) -> Q:
    """Look for a whole word in a list with commas."""
    return (
        Q(scopes=scope)
        | Q(scopes__startswith=f"{scope},")
        | Q(scopes__endswith=f",{scope}")
        | Q(scopes__contains=f",{scope},")
    )
