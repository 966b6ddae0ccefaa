"""``/v2/user/info/`` and the pictures that it points to.

As in developers.tiktok.com/doc/minis-user-data, 19 August 2026.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from ttminis_auth.simulator.answers import Answer, Refusal, data_answer, data_error
from ttminis_auth.simulator.endpoint import Fields, endpoint
from ttminis_auth.simulator.gate import simulated
from ttminis_auth.simulator.rights import (
    BASIC_SCOPE,
    OPEN_ID_SCOPE,
    PROFILE_SCOPE,
    Right,
)
from ttminis_auth.simulator.world import world

AVATARS = ("avatar_url", "avatar_url_100", "avatar_large_url")

# Which scopes open a field. The last two groups are beyond what a Mini can ask for,
# the last one beyond what the simulated consent page offers.
FIELD_GROUPS = {
    ("open_id",): {OPEN_ID_SCOPE, BASIC_SCOPE},
    ("union_id", "display_name", *AVATARS): {BASIC_SCOPE},
    ("username", "bio_description", "is_verified", "profile_deep_link"): {
        PROFILE_SCOPE
    },
    ("follower_count", "following_count", "likes_count", "video_count"): {
        "user.info.stats"
    },
}
SCOPES_OF = {name: scopes for names, scopes in FIELD_GROUPS.items() for name in names}


@endpoint("user_info")
def user_info(request: HttpRequest, fields: Fields) -> Answer:
    """Return the asked fields of the bearer, or nothing if one of them is forbidden."""
    if request.method != "GET":
        raise Refusal(data_error("invalid_params", "Only GET is allowed.", 405))
    right = _bearer(request)
    wanted = [name.strip() for name in fields.get("fields", "").split(",")]
    if not SCOPES_OF.keys() >= set(wanted):
        raise Refusal(data_error("invalid_params", "A field is unknown or missing."))
    if any(SCOPES_OF[name].isdisjoint(right.scopes) for name in wanted):
        why = "The user did not authorize the scope that a field needs."
        raise Refusal(data_error("scope_not_authorized", why))
    known = _profile(request, right)
    return data_answer({"user": {name: known[name] for name in wanted}})


def _bearer(request: HttpRequest) -> Right:
    kind, _, access_token = request.headers.get("Authorization", "").partition(" ")
    right = world.bearer(access_token) if kind == "Bearer" else None
    if right is None:
        raise Refusal(
            data_error("access_token_invalid", "It is missing, unknown or expired.")
        )
    return right


def _profile(request: HttpRequest, right: Right) -> dict[str, str | bool | int]:
    person = world.person(right.handle)
    picture = request.build_absolute_uri(
        reverse("ttminis_simulator:avatar", args=[person.handle])
    )
    return {
        **dict.fromkeys(SCOPES_OF, 0),
        **dict.fromkeys(AVATARS, picture),
        "open_id": world.open_id(person.handle, right.client_key),
        "union_id": world.union_id(person.handle, right.client_key),
        "display_name": person.display_name,
        "username": person.handle,
        "bio_description": "",
        "profile_deep_link": f"https://www.tiktok.com/@{person.handle}",
        "is_verified": False,
    }


@simulated
def avatar(request: HttpRequest, handle: str) -> HttpResponse:
    """Draw the first letter of a name; people who do not exist look the same."""
    names = {person.handle: person.display_name for person in world.people}
    picture = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        '<rect width="100" height="100" fill="hsl({} 55% 45%)"/>'
        '<text x="50" y="68" font-size="52" text-anchor="middle" fill="#fff" '
        'font-family="sans-serif">{}</text></svg>',
        sum(handle.encode()) * 37 % 360,
        (names.get(handle) or "?")[0],
    )
    return HttpResponse(picture, content_type="image/svg+xml")
