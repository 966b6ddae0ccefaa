"""What a scope lets us ask for (page minis-user-data)."""

from __future__ import annotations

from collections.abc import Collection

BASIC = "user.info.basic"
PROFILE = "user.info.profile"

# The second is Login Kit's: Minis grant no other scope than the first with a profile in
# it. One field too many fails the whole request, so nothing is asked for on the chance
# that it might be granted.
_FIELDS = {
    BASIC: ("open_id", "union_id", "avatar_url", "display_name"),
    PROFILE: ("username", "profile_deep_link"),
}


def user_info_fields(scopes: Collection[str]) -> tuple[str, ...]:
    """Return the fields of the user info that ``scopes`` allow, possibly none."""
    # A profile without an open_id must not be stored.
    if BASIC not in scopes:
        return ()
    return tuple(field for scope in scopes for field in _FIELDS.get(scope, ()))
