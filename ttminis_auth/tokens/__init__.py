"""Access tokens that work, to call TikTok's APIs in a user's name.

    from ttminis_auth import tokens

    token = tokens.access_token(request.user)
    order = tokens.call(request.user, lambda token: create_order(token, amount))

``access`` hands a token out, ``refresh_grant`` gets its successor, ``refresh_all`` does
that for all that expire soon, ``refresh_identity`` for one identity, ``revoke`` gives a
token up, and ``reencrypt`` follows a change of keys.
"""

from .access import aaccess_token, acall, access_token, call
from .refresh_all import refresh_due

__all__ = ["aaccess_token", "acall", "access_token", "call", "refresh_due"]
