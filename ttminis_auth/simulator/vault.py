"""Codes and tokens: issued, redeemed once, rotated, killed. Takes no lock itself."""

import secrets
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import count
from typing import Any

from ttminis_auth.simulator.people import open_id
from ttminis_auth.simulator.rules import Rules

OPEN_ID_SCOPE = "user.info.open_id"
BASIC_SCOPE = "user.info.basic"
PROFILE_SCOPE = "user.info.profile"

# TikTok names no lifetime for a Minis code; five minutes is the usual guess.
CODE_LIFETIME = 300


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

    def answer(self) -> dict[str, Any]:
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
    """Goes by the ``rules`` as they are at each call."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.codes: Shelf = {}
        self.access: Shelf = {}
        self.refresh: Shelf = {}
        self.refreshes = Counter[tuple[str, str]]()
        """How often a refresh token was swapped, by handle and client key."""
        self.reuses = Counter[tuple[str, str]]()
        """How often one came that had been swapped before."""
        self._used: Shelf = {}
        self._families = count(1)

    def issue_code(self, right: Right) -> str:
        # TikTok's codes end in characters that a URL escapes. A client that encodes
        # a code twice, or not at all, sends another code than it was given.
        tail = f"*{secrets.randbelow(10)}!{secrets.randbelow(9000) + 1000}.s1"
        code = secrets.token_urlsafe(48) + tail
        self.codes[code] = replace(right, expires_at=self.rules.clock() + CODE_LIFETIME)
        return code

    def issue_pair(self, right: Right) -> TokenPair:
        rules, now = self.rules, self.rules.clock()
        family = right.family or next(self._families)
        right = replace(right, family=family, expires_at=now + rules.access_lifetime)
        pair = TokenPair(
            right=right,
            access_token=new_token("act"),
            refresh_token=new_token("rft"),
            expires_in=rules.access_lifetime,
            refresh_expires_in=rules.refresh_lifetime,
        )
        self.access[pair.access_token] = right
        self.refresh[pair.refresh_token] = replace(
            right, expires_at=now + rules.refresh_lifetime
        )
        return pair

    def redeem_code(
        self,
        code: str,
        client_key: str,
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
        return self._swap(self.codes, code, client_key)

    def rotate(self, token: str, client_key: str) -> TokenPair | None:
        """Swap a refresh token for new tokens; it dies by that.

        The old access token lives on to its end: TikTok promises no less.
        """
        used = self._used.get(token)
        if used and used.client_key == client_key:
            self._meet_again(used)
            return None
        pair = self._swap(self.refresh, token, client_key)
        if pair:
            self._used[token] = pair.right
            self.refreshes[pair.right.parties] += 1
        return pair

    def _meet_again(self, used: Right) -> None:
        self.reuses[used.parties] += 1
        if self.rules.reuse_kills:
            for shelf in (self.access, self.refresh):
                kin = [key for key, each in shelf.items() if each.family == used.family]
                remove(shelf, kin)

    def _swap(self, shelf: Shelf, key: str, client_key: str) -> TokenPair | None:
        right = shelf.get(key)
        # Somebody else's code stays good for the app that it was made for:
        # otherwise any app could burn the logins of another.
        if right is None or right.client_key != client_key:
            return None
        del shelf[key]
        return self.issue_pair(right) if self._is_alive(right) else None

    def _is_alive(self, right: Right) -> bool:
        return self.rules.clock() < right.expires_at

    def bearer(self, access_token: str) -> Right | None:
        right = self.access.get(access_token)
        return right if right and self._is_alive(right) else None

    def expire(self, shelf: Shelf, handle: str | None, client_key: str | None) -> None:
        now = self.rules.clock()
        for key in belonging(shelf, handle, client_key):
            shelf[key] = replace(shelf[key], expires_at=now)

    def kill_tokens(self, handle: str | None, client_key: str | None) -> None:
        for shelf in (self.access, self.refresh):
            remove(shelf, belonging(shelf, handle, client_key))

    def disconnect(self, handle: str, client_key: str) -> None:
        """Kill all codes and tokens that one app holds for one person."""
        remove(self.codes, belonging(self.codes, handle, client_key))
        self.kill_tokens(handle, client_key)

    def connected(self) -> Iterator[tuple[str, str]]:
        """Yield each handle and client key between which a token is alive."""
        for shelf in (self.access, self.refresh):
            for right in shelf.values():
                if self._is_alive(right):
                    yield right.parties


def belonging(shelf: Shelf, handle: str | None, client_key: str | None) -> list[str]:
    """Return what one person, one app or both have on a shelf; None is anybody."""
    return [
        key
        for key, right in shelf.items()
        if handle in (None, right.handle) and client_key in (None, right.client_key)
    ]


def remove(shelf: Shelf, keys: list[str]) -> None:
    for key in keys:
        del shelf[key]
