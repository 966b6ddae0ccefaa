"""The authentication backend: ``authenticate(request, ttminis_code=…)``."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.http import HttpRequest

from .core import session_hash
from .core.threads import async_twin
from .errors import LoginRefused
from .login.authenticate import authenticate
from .tiktok.secret import Secret

__all__ = ["TTMinisBackend"]


class TTMinisBackend(ModelBackend):
    """Turns a one-time code of ``TTMinis.login`` into its Django user.

    Takes a keyword of its own, so Django never offers it a password. The sessions of
    all Minis logins name it, whichever endpoint took the code: Django asks it who a
    session's user is, and it knows when that session ended.
    """

    binds_sessions = True

    def get_user(self, user_id: Any) -> Any:
        """Return the user of a Minis session; None without a TikTok identity."""
        return self._with_hash(session_hash.users().filter(pk=user_id).first())

    async def aget_user(self, user_id: Any) -> Any:
        """Return what ``get_user`` does."""
        return self._with_hash(await session_hash.users().filter(pk=user_id).afirst())

    def _with_hash(self, user: Any) -> User | None:
        if getattr(user, session_hash.VALID_FROM, None) is None:
            return None
        return session_hash.bind(user) if self.user_can_authenticate(user) else None

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        ttminis_code: str | Secret,
        client_key: str | None = None,
    ) -> User | None:
        """Return the user, made at a first login, or None if the code is no good.

        ``client_key`` names the app and may be None when there is only one. The
        reason of a refusal goes to the logger ``ttminis_auth``. ``request`` may be None
        or a bare ``HttpRequest()``, which other backends, such as that of django-axes,
        need: Django asks them first.
        """
        # Not by Django's decorator: its own frame would hold the code.
        ttminis_code = Secret(ttminis_code)
        try:
            return authenticate(request or HttpRequest(), ttminis_code, client_key)
        except LoginRefused:
            return None

    async def aauthenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        ttminis_code: str | Secret,
        client_key: str | None = None,
    ) -> User | None:
        """Do as ``authenticate`` does, in a thread: allauth's hooks are synchronous."""
        ttminis_code = Secret(ttminis_code)
        return await async_twin(self.authenticate)(request, ttminis_code, client_key)
