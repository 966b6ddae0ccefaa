"""Keep the code from the receivers of Django's ``user_login_failed``.

Django blanks each credential whose name holds "token", "key", "secret" or the like, and
gives a backend no way to add ``ttminis_code``. A receiver that blanks it would come too
late for those connected before, and for asynchronous ones, which all run at once. So
the function that Django itself cleans the credentials with is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import auth

CODE = "ttminis_code"
# As Django does it.
BLANK = "*" * 20

_Credentials = dict[str, Any]
_Clean = Callable[[_Credentials], _Credentials]


def hide_codes() -> None:
    """Let Django blank ``ttminis_code`` as it blanks a password."""
    name = "_clean_credentials"
    setattr(auth, name, _blanking_codes(getattr(auth, name)))


def _blanking_codes(clean: _Clean) -> _Clean:
    @wraps(clean)
    def cleaned(credentials: _Credentials) -> _Credentials:
        known = {CODE: BLANK} if CODE in credentials else {}
        return clean(credentials | known)

    return cleaned
