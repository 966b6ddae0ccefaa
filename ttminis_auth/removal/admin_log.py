"""Blank the names of erased users in the history of Django's admin."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Case, Model, Q, Value, When

from ..models import Identity, LinkingConflict

ERASED = "erased"
# What operators do, as the admin's actions are named. Any other word may be a name.
KINDS = (
    "link",
    "unlink",
    "merge",
    "refresh",
    "fetch_profile",
    "end_sessions",
    "revoke",
    "erase",
    "keep_apart",
    "dismiss",
)


def entry(kind: str, text: str) -> str:
    """Return what the history is to say, for ``scrub`` to find the kind of thing."""
    return f"{kind}: {text}"


def scrub(*identities: Identity) -> None:
    """Blank who identities were in the history of Django's admin.

    Which operator did what kind of thing, and when, stays. Call it before the rows go:
    they show which entries are about them. No index finds a name inside a text, so it
    is one search for any number of identities, among the entries of four models only.
    """
    if not identities or not apps.is_installed("django.contrib.admin"):
        return
    entries = apps.get_model("admin.LogEntry")._default_manager
    whens = (
        When(change_message__startswith=entry(k, ""), then=Value(k)) for k in KINDS
    )
    kind = Case(*whens, default=Value(""))
    keys = _keys_of(identities)
    types = [_type_of(model) for model in keys]
    about = entries.filter(content_type__in=types).filter(_about(identities, keys))
    about.update(object_repr=ERASED, change_message=kind)
    # An entry about the user calls that by its name, and may name the identity.
    users = entries.filter(content_type=_type_of(get_user_model()))
    open_ids = _any_of(identity.open_id for identity in identities)
    users.filter(change_message__regex=open_ids).update(change_message=kind)


def _keys_of(identities: Collection[Identity]) -> dict[type[Model], list[int]]:
    conflicts = LinkingConflict.objects.filter(
        Q(older__in=identities) | Q(younger__in=identities)
    )
    return {
        Identity: [identity.pk for identity in identities],
        SocialAccount: [identity.account_id for identity in identities],
        LinkingConflict: list(conflicts.values_list("pk", flat=True)),
    }


def _about(
    identities: Collection[Identity], keys: Mapping[type[Model], Collection[int]]
) -> Q:
    # Rows that are gone already had the same name: unlinked, and linked anew since.
    about = Q(object_repr__regex=_any_of(map(str, identities)))
    for model, pks in keys.items():
        about |= Q(content_type=_type_of(model), object_id__in=[str(pk) for pk in pks])
    return about


def _any_of(texts: Iterable[str]) -> str:
    """Return a pattern that finds any of the texts, in one pass over each entry."""
    return "|".join(map(re.escape, texts))


def _type_of(model: type[Model]) -> int:
    types = apps.get_model("contenttypes.ContentType")._default_manager
    return int(types.get_for_model(model).pk)
