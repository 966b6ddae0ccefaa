"""What the history of Django's admin says of a person, once they are to be erased."""

from __future__ import annotations

from typing import Any

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


def scrub(identity: Identity) -> None:
    """Blank who an identity was in the history of Django's admin.

    Which operator did what kind of thing, and when, stays. Call it before the rows go:
    they tell which entries are about them.
    """
    if not apps.is_installed("django.contrib.admin"):
        return
    entries = apps.get_model("admin.LogEntry")._default_manager
    whens = (
        When(change_message__startswith=entry(k, ""), then=Value(k)) for k in KINDS
    )
    kind = Case(*whens, default=Value(""))
    about = entries.filter(_about(identity))
    about.update(object_repr=ERASED, change_message=kind)
    # An entry about the user calls that by its name, and may tell of the identity.
    users = entries.filter(content_type=_type_of(get_user_model()))
    users.filter(change_message__contains=identity.open_id).update(change_message=kind)


def _about(identity: Identity) -> Q:
    conflicts = identity.conflicts_as_older.all() | identity.conflicts_as_younger.all()
    keys = {
        Identity: [identity.pk],
        SocialAccount: [identity.account_id],
        LinkingConflict: conflicts.values_list("pk", flat=True),
    }
    types = [_type_of(model) for model in keys]
    # Rows that are gone already had the same name: unlinked, and linked anew since.
    about = Q(content_type__in=types, object_repr__contains=str(identity))
    for model, pks in keys.items():
        about |= Q(content_type=_type_of(model), object_id__in=[str(pk) for pk in pks])
    return about


def _type_of(model: type[Model]) -> Any:
    types = apps.get_model("contenttypes.ContentType")._default_manager
    return types.get_for_model(model)
