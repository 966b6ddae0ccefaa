"""What stands for a secret on a page, and how the secret comes back from there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from .base import ModelForm

MASK = "•" * 8
# Stands for a secret that the operator typed and that was not saved. The usual mask
# would mean the old secret, which would be kept without a word.
AGAIN = "••• ? •••"

_SECRET = re.compile(
    "secret|pass(word|phrase|wd)|private|credential|token"
    "|(certificate|api|signing|encryption|hmac|shared)[_-]?key",
    re.IGNORECASE,
)
# "token_auth_method" and "token_url" only speak of one.
_HARMLESS = re.compile("(endpoint|methods?|supported|type|ur[il])$", re.IGNORECASE)
_MASKED_ENTRY = re.compile(rf'"[^"]*"\s*:\s*"(?:{MASK}|{re.escape(AGAIN)})"')
_PRIVATE_KEY = "PRIVATE KEY-----"


def masked(value: object, mark: str = MASK) -> object:
    """Return a JSON value with ``mark`` in place of each secret in it."""
    if isinstance(value, dict):
        return {
            key: _stand_in(each, mark) if _is_secret(key) else masked(each, mark)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each, mark) for each in value]
    # A key file may be inside another text: Google's are JSON, pasted as one string.
    is_key = isinstance(value, str) and _PRIVATE_KEY in value
    return mark if is_key else value


def restored(typed: object, stored: object, shown: object) -> object:
    """Return what was typed, with what is stored wherever its mask came back.

    ``shown`` is ``masked(stored)``. A mask in another place than its own is an error:
    an operator who moves it under a harmless name would read the secret there.
    """
    if isinstance(typed, dict):
        return {
            key: restored(each, _at(key, stored), _at(key, shown))
            for key, each in typed.items()
        }
    # Lists come back as a whole or not at all. By its place alone, the secret of an
    # entry that was taken out would go to the next one.
    if isinstance(typed, (list, str)) and typed == shown:
        return stored
    if isinstance(typed, list):
        return [restored(each, None, None) for each in typed]
    if typed in (MASK, AGAIN):
        raise ValidationError(
            _("Where it says %(mark)s, the value has to be typed in full."),
            params={"mark": typed},
            code="masked",
        )
    return typed


class MaskedJSONField(forms.JSONField):
    """A JSON document whose secrets can be replaced; the form sets ``stored``."""

    default_error_messages = {
        "invalid": _(
            "Enter valid JSON. If a secret was in what you typed, your changes are not "
            "shown again."
        )
    }
    stored: object = None

    def clean(self, value: object) -> object:
        return restored(super().clean(value), self.stored, masked(self.stored))

    def bound_data(self, data: object, initial: object) -> object:
        typed = super().bound_data(data, initial)
        if not isinstance(typed, InvalidJSONInput):
            return masked(typed, AGAIN)
        # Where a value ends is unknown in what is no JSON. The usual cause is a private
        # key with its line breaks.
        return initial if _may_hold_secret(typed) else typed


class SecretForm(ModelForm[Model]):
    """A form that takes secrets and shows none, made by ``SecretsMixin``."""

    write_only: ClassVar[Sequence[str]] = ()
    documents: ClassVar[Sequence[str]] = ()
    depends_on: ClassVar[Sequence[str]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.documents:
            field: Any = self.fields[name]
            field.stored = getattr(self.instance, name)
            self.initial[name] = masked(self.initial.get(name))

    def clean(self) -> dict[str, object] | None:
        """Hand over what was typed; what was left empty stays as it is."""
        cleaned = super().clean()
        for name in self.write_only:
            if typed := self.cleaned_data.get(name):
                setattr(self.instance, name, typed)
            elif self._has_new_purpose():
                self.add_error(name, _("What it is for has changed: type it again."))
        return cleaned

    def _has_new_purpose(self) -> bool:
        """Return whether stored secrets would be sent to another place than before.

        An operator who may not read the secret of an app could otherwise turn it into
        one of OpenID Connect, name their own server, and be sent it at the next login.
        """
        changed = set(self.depends_on) & set(self.changed_data)
        return bool(changed) and self.instance.pk is not None

    def full_clean(self) -> None:
        """Ask for a secret again when an error elsewhere keeps it from being saved."""
        super().full_clean()
        if self.errors:
            for name in self.write_only:
                if self.cleaned_data.get(name):
                    self.add_error(name, _("This was not saved yet; type it again."))


def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(name)) and not _HARMLESS.search(name)


def _stand_in(value: object, mark: str) -> object:
    is_known = value in (None, "", [], {}, MASK, AGAIN) or isinstance(value, bool)
    return value if is_known else mark


def _at(key: str, value: object) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _may_hold_secret(text: str) -> bool:
    rest = _MASKED_ENTRY.sub("", text)
    words = re.findall(r"[\w-]+", rest)
    return _PRIVATE_KEY in rest or any(map(_is_secret, words))
