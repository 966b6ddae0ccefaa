"""Codes and tokens: issued, redeemed once, rotated, killed. Takes no lock itself."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

OPEN_ID_SCOPE = "user.info.open_id"
BASIC_SCOPE = "user.info.basic"
PROFILE_SCOPE = "user.info.profile"

# TikTok names no lifetime for a Minis code; five minutes is the usual guess. The
# other two are those of its token management page of 5 November 2026.
CODE_LIFETIME = 300
ACCESS_LIFETIME = 7200
REFRESH_LIFETIME = 15_552_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """What ties a code of the web to the request that asked for it."""

    redirect_uri: str
    code_challenge: str | None = field(default=None, repr=False)

    def fits(self, redirect_uri: str | None, code_verifier: str | None) -> bool:
        """Tell whether an exchange repeats the address and proves the challenge."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenPair:
    right: Right
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


Shelf = dict[str, Right]


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


class Vault:
    def __init__(self) -> None:
        self.codes: Shelf = {}
        self.access: Shelf = {}
        self.refresh: Shelf = {}

    def issue_code(self, right: Right, now: float) -> str:
        # TikTok's codes end in characters that a URL escapes. A client that encodes
        # a code twice, or not at all, sends another code than it was given.
        tail = f"*{secrets.randbelow(10)}!{secrets.randbelow(9000) + 1000}.s1"
        code = secrets.token_urlsafe(48) + tail
        self.codes[code] = replace(right, expires_at=now + CODE_LIFETIME)
        return code

    def issue_pair(self, right: Right, now: float) -> TokenPair:
        access, renewal = new_token("act"), new_token("rft")
        self.access[access] = replace(right, expires_at=now + ACCESS_LIFETIME)
        self.refresh[renewal] = replace(right, expires_at=now + REFRESH_LIFETIME)
        return TokenPair(right=right, access_token=access, refresh_token=renewal)

    def redeem_code(
        self,
        code: str,
        client_key: str,
        now: float,
        *,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
    ) -> TokenPair | None:
        """Swap a code for tokens; the code is spent by that, and by a wrong proof."""
        right = self.codes.get(code)
        binding = right.binding if right and right.client_key == client_key else None
        if binding and not binding.fits(redirect_uri, code_verifier):
            del self.codes[code]
            return None
        return self._swap(self.codes, code, client_key, now)

    def rotate(self, token: str, client_key: str, now: float) -> TokenPair | None:
        """Swap a refresh token for new tokens; it dies by that."""
        return self._swap(self.refresh, token, client_key, now)

    def _swap(
        self, shelf: Shelf, key: str, client_key: str, now: float
    ) -> TokenPair | None:
        right = shelf.get(key)
        # Somebody else's code stays good for the app that it was made for:
        # otherwise any app could burn the logins of another.
        if right is None or right.client_key != client_key:
            return None
        del shelf[key]
        return self.issue_pair(right, now) if now < right.expires_at else None

    def bearer(self, access_token: str, now: float) -> Right | None:
        right = self.access.get(access_token)
        return right if right and now < right.expires_at else None

    def disconnect(self, handle: str, client_key: str) -> None:
        """Kill all codes and tokens that one app holds for one person."""
        for shelf in (self.codes, self.access, self.refresh):
            for key, right in list(shelf.items()):
                if (right.handle, right.client_key) == (handle, client_key):
                    del shelf[key]

    def connected(self, now: float) -> Iterator[tuple[str, str]]:
        """Yield each handle and client key between which a token is alive."""
        for shelf in (self.access, self.refresh):
            for right in shelf.values():
                if now < right.expires_at:
                    yield right.handle, right.client_key


def expire(shelf: Shelf, now: float) -> None:
    for key, right in shelf.items():
        shelf[key] = replace(right, expires_at=now)
