"""A pair of tokens in two columns that only ``SECRET_KEY`` decrypts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..crypto import EncryptedTextField, decrypt, encrypt, reencrypt

if TYPE_CHECKING:
    from ..tiktok.secret import Secret


class EncryptedTokens(models.Model):
    """The tokens of an ``identity``.

    Both attributes are encrypted text, readable in rows of this identity alone and in
    their own column: whatever copies the fields of a model gets no token.
    """

    access_token = EncryptedTextField(_("access token"), null=True, editable=False)
    refresh_token = EncryptedTextField(_("refresh token"), null=True, editable=False)

    if TYPE_CHECKING:
        identity: Any

    class Meta:
        abstract = True

    def decrypt_access_token(self) -> Secret | None:
        """Return the access token; None if there is none, or none that can be read."""
        return self._decrypt("access_token", self.access_token)

    def decrypt_refresh_token(self) -> Secret | None:
        """Return the refresh token; None if there is none, or none that can be read."""
        return self._decrypt("refresh_token", self.refresh_token)

    def encrypt_tokens(self, access: Secret, refresh: Secret | None) -> None:
        """Take another pair of tokens, without saving it."""
        self.access_token = encrypt(access, *self._place("access_token"))
        place = self._place("refresh_token")
        self.refresh_token = encrypt(refresh, *place) if refresh else None

    def reencrypted(self, column: str) -> str | None:
        """Return a stored token encrypted with the current key; None if no key fits."""
        return reencrypt(getattr(self, column), *self._place(column))

    def _decrypt(self, column: str, stored: str | None) -> Secret | None:
        return decrypt(stored, *self._place(column)) if stored else None

    def _place(self, column: str) -> tuple[str, str, str]:
        # What names the person to TikTok, and not the key of a row: users are merged
        # and relinked, and tokens stay readable.
        return self.identity.client_key, self.identity.open_id, column
