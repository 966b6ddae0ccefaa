"""The part of the world that knows codes and tokens."""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from ttminis_auth.simulator.registry import Registry
from ttminis_auth.simulator.rights import (
    OPEN_ID_SCOPE,
    Binding,
    Right,
    TokenPair,
    new_token,
)

Shelf = dict[str, Right]

# TikTok names no lifetime for a Minis code; five minutes is the usual guess.
CODE_LIFETIME = 300


class Vault(Registry):
    """Codes and tokens: issued, redeemed once, rotated, killed."""

    def _restore_vault(self) -> None:
        self._codes: Shelf = {}
        self._access: Shelf = {}
        self._refresh: Shelf = {}
        self._used: Shelf = {}
        self._families = count(1)
        self._refreshes = Counter[tuple[str, str]]()
        self._reuses = Counter[tuple[str, str]]()

    # --- how they begin

    def issue_code(
        self,
        client_key: str,
        handle: str | None = None,
        *,
        scopes: Iterable[str] = (OPEN_ID_SCOPE,),
        redirect_uri: str | None = None,
        code_challenge: str | None = None,
    ) -> str:
        """Issue a code for ``handle``, or for the signed-in user (KeyError if none).

        One with a ``redirect_uri`` is a code of the web: its exchange has to repeat
        the address, and to prove the ``code_challenge`` if there is one.
        """
        binding = redirect_uri and Binding(
            redirect_uri=redirect_uri, code_challenge=code_challenge
        )
        # TikTok's codes end in characters that a URL escapes. A client that encodes
        # a code twice, or not at all, sends another code than it was given.
        tail = f"*{secrets.randbelow(10)}!{secrets.randbelow(9000) + 1000}.s1"
        code = secrets.token_urlsafe(48) + tail
        with self._lock:
            right = self._right(client_key, handle, scopes, CODE_LIFETIME)
            self._codes[code] = replace(right, binding=binding or None)
        return code

    def issue_tokens(
        self,
        client_key: str,
        handle: str | None = None,
        *,
        scopes: Iterable[str] = (OPEN_ID_SCOPE,),
    ) -> dict[str, str | int]:
        """Return what an exchange would be answered, without a request or a code."""
        with self._lock:
            return self._issue_pair(self._right(client_key, handle, scopes)).answer()

    def _right(
        self,
        client_key: str,
        handle: str | None,
        scopes: Iterable[str],
        lifetime: int = 0,
    ) -> Right:
        if handle is None and (handle := self._signed_in) is None:
            raise KeyError("no user is signed in to TikTok")
        return Right(
            client_key=self._apps[client_key].client_key,
            handle=self._people[handle].handle,
            scopes=tuple(scopes),
            expires_at=self.clock() + lifetime,
        )

    def _issue_pair(self, right: Right) -> TokenPair:
        now = self.clock()
        family = right.family or next(self._families)
        right = replace(right, family=family, expires_at=now + self.access_lifetime)
        pair = TokenPair(
            right=right,
            access_token=new_token("act"),
            refresh_token=new_token("rft"),
            expires_in=self.access_lifetime,
            refresh_expires_in=self.refresh_lifetime,
        )
        self._access[pair.access_token] = right
        self._refresh[pair.refresh_token] = replace(
            right, expires_at=now + self.refresh_lifetime
        )
        return pair

    # --- how they are used

    def is_web_code(self, code: str) -> bool:
        """Return whether an unspent code is bound to a ``redirect_uri``."""
        with self._lock:
            right = self._codes.get(code)
            return right is not None and right.binding is not None

    def redeem_code(
        self,
        code: str,
        client_key: str,
        *,
        redirect_uri: str | None = None,
        code_verifier: str | None = None,
    ) -> TokenPair | None:
        """Swap a code for tokens; the code is spent by that, and by a wrong proof.

        Of any number of callers at once, one gets tokens.
        """
        with self._lock:
            right = self._codes.get(code)
            bound = right.binding if right and right.client_key == client_key else None
            if bound and not bound.fits(redirect_uri, code_verifier):
                del self._codes[code]
                return None
            return self._swap(self._codes, code, client_key)

    def rotate(self, refresh_token: str, client_key: str) -> TokenPair | None:
        """Swap a refresh token for new tokens: of any number of callers, one can.

        The old access token lives on to its end: TikTok promises no less.
        """
        with self._lock:
            used = self._used.get(refresh_token)
            if used and used.client_key == client_key:
                self._meet_again(used)
                return None
            pair = self._swap(self._refresh, refresh_token, client_key)
            if pair:
                self._used[refresh_token] = pair.right
                self._refreshes[pair.right.parties] += 1
            return pair

    def _meet_again(self, used: Right) -> None:
        self._reuses[used.parties] += 1
        if self.reuse_kills:
            for shelf in (self._access, self._refresh):
                kin = [key for key, each in shelf.items() if each.family == used.family]
                remove(shelf, kin)

    def _swap(self, shelf: Shelf, key: str, client_key: str) -> TokenPair | None:
        right = shelf.get(key)
        # The code of another app stays good for that app: otherwise any app could
        # spoil the logins of another.
        if right is None or right.client_key != client_key:
            return None
        del shelf[key]
        return self._issue_pair(right) if self._is_alive(right) else None

    def _is_alive(self, right: Right) -> bool:
        return self.clock() < right.expires_at

    def refreshes(self, handle: str, client_key: str) -> int:
        """Return how often the tokens of one person in one app were refreshed."""
        with self._lock:
            return self._refreshes[handle, client_key]

    def reuses(self, handle: str, client_key: str) -> int:
        """Return how often a refresh token came that had been used before."""
        with self._lock:
            return self._reuses[handle, client_key]

    def bearer(self, access_token: str) -> Right | None:
        """Return what an active access token allows."""
        with self._lock:
            right = self._access.get(access_token)
            return right if right and self._is_alive(right) else None

    @property
    def connected(self) -> set[tuple[str, str]]:
        """Each handle and client key between which a token is alive."""
        with self._lock:
            rights = [*self._access.values(), *self._refresh.values()]
            return {right.parties for right in rights if self._is_alive(right)}

    # --- how they end; None stands for all people, or all apps

    def kill_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        """Make tokens unknown at once, without a webhook."""
        with self._lock:
            for shelf in (self._access, self._refresh):
                remove(shelf, belonging(shelf, handle, client_key))

    def expire_access_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        self._expire(self._access, handle, client_key)

    def expire_refresh_tokens(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        self._expire(self._refresh, handle, client_key)

    def expire_codes(
        self, handle: str | None = None, client_key: str | None = None
    ) -> None:
        self._expire(self._codes, handle, client_key)

    def _expire(self, shelf: Shelf, handle: str | None, client_key: str | None) -> None:
        with self._lock:
            for key in belonging(shelf, handle, client_key):
                shelf[key] = replace(shelf[key], expires_at=self.clock())

    def _disconnect(self, handle: str, client_key: str) -> None:
        """Kill all codes and tokens that one app holds for one person."""
        with self._lock:
            remove(self._codes, belonging(self._codes, handle, client_key))
            self.kill_tokens(handle, client_key)


def belonging(shelf: Shelf, handle: str | None, client_key: str | None) -> list[str]:
    """Return what one user, one app or both have on a shelf; None means all."""
    return [
        key
        for key, right in shelf.items()
        if handle in (None, right.handle) and client_key in (None, right.client_key)
    ]


def remove(shelf: Shelf, keys: list[str]) -> None:
    for key in keys:
        del shelf[key]
