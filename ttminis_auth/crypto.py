"""Text encrypted at rest, for the token columns and for nothing else.

Keys come from ``SECRET_KEY``, with ``SECRET_KEY_FALLBACKS`` for reading only, so
rotating Django's key the way Django documents it keeps tokens readable.

Each place has a key of its own, made from the site's key and what the place is called:
an attacker who can write to the database copies a victim's token into a row of their
own, or a refresh token into the column of access tokens, and the server finds nothing
there that it can decrypt.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import models
from django.utils.encoding import force_bytes

from .conf import conf
from .tiktok.secret import Secret

if TYPE_CHECKING:
    _TextField = models.TextField[str | None, str | None]
else:
    _TextField = models.TextField

_PURPOSE = "ttminis_auth token columns"
# What stands before a text that is bound to its place. There were some without, once.
_BOUND = "2:"
# The beginning of any text of Fernet's: its version, and a time before the year 2106.
_FERNET = "gAAAAA"


def encrypt(secret: Secret, *place: str) -> str:
    """Return the secret encrypted with the current key, as ASCII.

    ``place`` says where it is going to be stored; it is readable nowhere else.
    """
    fernet = _fernet(conf.encryption_secrets[:1], place)
    return _BOUND + fernet.encrypt(secret.reveal().encode()).decode()


def decrypt(encrypted: str, *place: str) -> Secret | None:
    """Return the secret; None for no key of the site's, or encrypted elsewhere."""
    if not encrypted.startswith(_BOUND):
        return None
    return _decrypt(encrypted.removeprefix(_BOUND), conf.encryption_secrets, place)


def reencrypt(encrypted: str, *place: str) -> str | None:
    """Return the same secret encrypted with the current key, None if no key fits.

    What the current key has encrypted for this place already comes back as it is. What
    is from before texts were bound to their place is bound to this one.
    """
    secrets = conf.encryption_secrets
    text = encrypted.removeprefix(_BOUND)
    is_bound = encrypted.startswith(_BOUND)
    if is_bound and _decrypt(text, secrets[:1], place):
        return encrypted
    secret = _decrypt(text, secrets, place if is_bound else ())
    return encrypt(secret, *place) if secret else None


class EncryptedTextField(_TextField):
    """A text column for what ``encrypt`` returns.

    Its attribute is the encrypted text, so that nothing which copies or compares the
    fields of a model ever holds a token, such as an audit log or an export. To store
    any other text raises ValueError.
    """

    def get_prep_value(self, value: object) -> object:
        text = super().get_prep_value(value)
        if text and not text.startswith((_BOUND, _FERNET)):
            raise ValueError(f"{self.name} takes encrypted text only.")
        return text or None

    def value_to_string(self, obj: models.Model) -> str:
        # dumpdata asks here. TikTok kills a refresh token at its first use, so those of
        # an older dump are dead; people log in again silently.
        return ""


def _decrypt(
    text: str, secrets: tuple[str | bytes, ...], place: tuple[str, ...]
) -> Secret | None:
    with suppress(InvalidToken):
        return Secret(_fernet(secrets, place).decrypt(text.encode()).decode())
    return None


def _fernet(secrets: tuple[str | bytes, ...], place: tuple[str, ...]) -> MultiFernet:
    # As JSON, no two places are spelled alike.
    info = json.dumps([_PURPOSE, *place]) if place else _PURPOSE
    return MultiFernet([Fernet(_key(secret, info)) for secret in secrets])


def _key(secret: str | bytes, info: str) -> bytes:
    kdf = HKDF(SHA256(), length=32, salt=None, info=info.encode())
    return base64.urlsafe_b64encode(kdf.derive(force_bytes(secret)))
