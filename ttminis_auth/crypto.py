"""Text encrypted at rest, for the token columns and for nothing else.

Keys come from ``SECRET_KEY``, with ``SECRET_KEY_FALLBACKS`` for reading only, so
rotating Django's key the way Django documents it keeps tokens readable.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import models
from django.utils.encoding import force_bytes

from .conf import conf

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _TextField = models.TextField[str | None, str | None]
else:
    _TextField = models.TextField


def encrypt(text: str) -> str:
    """Return ``text`` sealed with the current key, as ASCII."""
    return _fernet(conf.encryption_secrets).encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str | None:
    """Return the text, or None if none of today's keys opens it."""
    try:
        return _fernet(conf.encryption_secrets).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def reseal(sealed: str) -> str | None:
    """Return the same text sealed with the current key, None if no key opens it.

    What the current key has sealed already comes back as it is.
    """
    secrets = conf.encryption_secrets
    with suppress(InvalidToken):
        _fernet(secrets[:1]).decrypt(sealed.encode())
        return sealed
    with suppress(InvalidToken):
        return _fernet(secrets).rotate(sealed.encode()).decode()
    return None


class EncryptedTextField(_TextField):
    """A text column whose content only this site's ``SECRET_KEY`` can read.

    Holds None when there is no text, and reads as None when the text was sealed
    with a key that the site no longer has. It cannot be searched: the same text is
    sealed differently each time.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text) if text else None

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        return value and decrypt(value)

    def value_to_string(self, obj: models.Model) -> Any:
        # dumpdata asks here. A backup that held the tokens in clear would undo the
        # whole module, so a dump leaves tokens out; people log in again silently.
        return ""


@lru_cache(maxsize=4)
def _fernet(secrets: tuple[str | bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in secrets])


def _key(secret: str | bytes) -> bytes:
    kdf = HKDF(SHA256(), length=32, salt=None, info=b"ttminis_auth token columns")
    return base64.urlsafe_b64encode(kdf.derive(force_bytes(secret)))
