"""Codes and tokens, and what they let their bearer do."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from ttminis_auth.simulator.people import open_id

OPEN_ID_SCOPE = "user.info.open_id"
BASIC_SCOPE = "user.info.basic"
PROFILE_SCOPE = "user.info.profile"


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """What ties a code of the web to the request that asked for it."""

    redirect_uri: str
    code_challenge: str | None = field(default=None, repr=False)

    def fits(self, redirect_uri: str | None, code_verifier: str | None) -> bool:
        """Return whether an exchange repeats the address and proves the challenge."""
        if redirect_uri != self.redirect_uri:
            return False
        return self.code_challenge in (None, *challenges(code_verifier or ""))


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """What one code or token lets its bearer do, and until when."""

    client_key: str
    handle: str
    scopes: tuple[str, ...]
    expires_at: float
    binding: Binding | None = None
    """None for the codes of the SDK, which take part in no redirect."""
    family: int = 0
    """The same for all tokens that descend from one code; a code has 0."""

    @property
    def parties(self) -> tuple[str, str]:
        return self.handle, self.client_key


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPair:
    right: Right
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    refresh_expires_in: int

    def answer(self) -> dict[str, str | int]:
        """Return what the token endpoint says of it (minis-oauth)."""
        return {
            "access_token": self.access_token,
            "expires_in": self.expires_in,
            "open_id": open_id(*self.right.parties),
            "refresh_expires_in": self.refresh_expires_in,
            "refresh_token": self.refresh_token,
            "scope": ",".join(self.right.scopes),
            "token_type": "Bearer",
        }


def challenges(code_verifier: str) -> tuple[str, str]:
    """Return what S256 makes of a verifier: as RFC 7636 says, and as TikTok does.

    TikTok's login-kit-desktop wants the digest in hexadecimal; its page for the web
    knows no challenge at all.
    """
    digest = sha256(code_verifier.encode())
    return urlsafe_b64encode(digest.digest()).decode().rstrip("="), digest.hexdigest()


def new_token(kind: str) -> str:
    """Return a fresh token; ``kind`` is ``act``, ``rft`` or, for an app, ``clt``."""
    return f"{kind}.{secrets.token_urlsafe(36)}!{secrets.randbelow(9000) + 1000}.s1"
