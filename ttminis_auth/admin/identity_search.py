"""Finding a person by anything they have.

One condition over four tables would make the database read all of them. So each way to
find somebody is a small query of its own, served by an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet

from ..identity import searchable_name

# The longest thing to be found is an e-mail address.
LONGEST = 254
# Of one address. Where it is shared, these are enough to see that.
MOST_USERS = 100


def search(rows: QuerySet[Any], term: str, limit: int) -> QuerySet[Any]:
    """Return the first ``limit`` of the identities that the term finds, or more.

    ``rows`` keep their order and what they were filtered by. Names that merely contain
    the words are read one by one, and only where nothing else finds anybody.
    """
    term = term.strip()
    if not term:
        return rows
    # PostgreSQL raises where a text has a null byte.
    if len(term) > LONGEST or "\x00" in term:
        return rows.none()
    pks = {pk for found in _ways(term) for pk in _pks(rows.filter(found), limit)}
    return rows.filter(pk__in=pks or _pks(rows.filter(_all_words(term)), limit))


def _pks(rows: QuerySet[Any], limit: int) -> list[Any]:
    return list(rows.values_list("pk", flat=True)[:limit])


def _ways(term: str) -> Iterator[Q]:
    """Yield a condition for each thing that the term may be."""
    username = get_user_model().USERNAME_FIELD
    yield Q(open_id=term)
    yield Q(union_id=term)
    yield Q(searchable_name__startswith=searchable_name(term))
    yield Q(**{f"account__user__{username}__startswith": term})
    if users := {*_users_by_key(term), *_users_by_email(term)}:
        yield Q(account__user__in=users)


def _users_by_key(term: str) -> list[Any]:
    users = get_user_model()._default_manager
    try:
        key = users.model._meta.pk.to_python(term)
    except ValidationError:
        return []
    # By the users' own table: it knows which numbers are too large for it.
    return list(users.filter(pk=key).values_list("pk", flat=True))


def _users_by_email(term: str) -> list[Any]:
    if "@" not in term:
        return []
    # allauth stores them in lower case.
    known = EmailAddress.objects.filter(email=term.lower())
    found = list(known.values_list("user", flat=True)[:MOST_USERS])
    return found or _users_by_own_email(term)


def _users_by_own_email(term: str) -> list[Any]:
    """Look into the users' own field, which has no index in Django."""
    users = get_user_model()
    field = users.get_email_field_name()
    try:
        users._meta.get_field(field)
    except FieldDoesNotExist:
        return []
    found = users._default_manager.filter(**{f"{field}__iexact": term})
    return list(found.values_list("pk", flat=True)[:MOST_USERS])


def _all_words(term: str) -> Q:
    words = searchable_name(term).split()
    return Q(*[Q(searchable_name__contains=word) for word in words])
