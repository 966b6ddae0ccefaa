"""Which faults there are, and where each can happen."""

from dataclasses import dataclass

from ttminis_auth.simulator import effects
from ttminis_auth.simulator.answers import (
    DATA_ERRORS,
    OAUTH_ERRORS,
    SDK_ERRORS,
    Answer,
)
from ttminis_auth.simulator.effects import Effect, Fault, Usual

ENDPOINTS = ("token", "revoke", "user_info", "sdk")
SERVER = ("token", "revoke", "user_info")
OAUTH = ("token", "revoke")
WITH_OPEN_ID = ("token", "user_info")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    label: str
    effect: Effect
    endpoints: tuple[str, ...]
    options: tuple[str, ...] = ()


def misbehave(fault: Fault | None, usual: Usual) -> Answer:
    """Answer as ``fault`` says, or as usual if there is none."""
    return usual() if fault is None else KINDS[fault.kind].effect(fault, usual)


def check_fault(fault: Fault) -> None:
    """Raise ValueError for a fault that could never happen as ordered."""
    kind = KINDS.get(fault.kind)
    if kind is None:
        raise ValueError(f"unknown fault {fault.kind!r}: one of {', '.join(KINDS)}")
    if fault.endpoint not in kind.endpoints:
        raise ValueError(f"{fault.kind!r} cannot happen at {fault.endpoint!r}")
    if unknown := set(fault.options) - set(kind.options):
        raise ValueError(f"{fault.kind!r} takes no {', '.join(sorted(unknown))}")
    if fault.times < 1:
        raise ValueError("a fault happens at least once")
    if fault.option("error", None) not in (None, *_catalogue(fault.endpoint)):
        raise ValueError(f"{fault.endpoint!r} has no such error")


def _catalogue(endpoint: str) -> dict[str, int]:
    return DATA_ERRORS if endpoint == "user_info" else OAUTH_ERRORS


KINDS = {
    "timeout": Kind(
        label="Never answer",
        effect=effects.time_out,
        endpoints=SERVER,
        options=("seconds",),
    ),
    "slow": Kind(
        label="Answer late",
        effect=effects.slow,
        endpoints=ENDPOINTS,
        options=("seconds",),
    ),
    "html_502": Kind(
        label="502 as an HTML page", effect=effects.bad_gateway, endpoints=SERVER
    ),
    "server_error": Kind(
        label="Internal error (500)", effect=effects.server_error, endpoints=SERVER
    ),
    "error": Kind(
        label="Refuse", effect=effects.error, endpoints=SERVER, options=("error",)
    ),
    "error_in_200": Kind(
        label="Refuse, but with status 200",
        effect=effects.error_in_200,
        endpoints=SERVER,
        options=("error",),
    ),
    "invalid_client": Kind(
        label="Call key and secret wrong",
        effect=effects.invalid_client,
        endpoints=OAUTH,
    ),
    "rate_limited": Kind(
        label="Too many requests (429)",
        effect=effects.rate_limited,
        endpoints=SERVER,
        options=("retry_after",),
    ),
    "redirect": Kind(
        label="Redirect to the same place", effect=effects.redirect, endpoints=SERVER
    ),
    "truncated_json": Kind(
        label="Break off in the middle of the JSON",
        effect=effects.truncated,
        endpoints=SERVER,
    ),
    "huge_body": Kind(
        label="Answer with 2 MiB",
        effect=effects.huge,
        endpoints=SERVER,
    ),
    "unknown_fields": Kind(
        label="Add fields that nobody knows",
        effect=effects.adding({"captcha": None, "x_new": {"nested": [1, 2]}}),
        endpoints=SERVER,
    ),
    "missing_open_id": Kind(
        label="Leave out open_id",
        effect=effects.without("open_id"),
        endpoints=WITH_OPEN_ID,
    ),
    "empty_open_id": Kind(
        label="Send an empty open_id",
        effect=effects.adding({"open_id": ""}),
        endpoints=WITH_OPEN_ID,
    ),
    "placeholder_open_id": Kind(
        label="Send a placeholder as open_id",
        effect=effects.placeholder("open_id"),
        endpoints=WITH_OPEN_ID,
        options=("text",),
    ),
    "other_open_id": Kind(
        label="Answer with another person's open_id",
        effect=effects.adding({"open_id": "-000another-person"}),
        endpoints=WITH_OPEN_ID,
    ),
    "missing_union_id": Kind(
        label="Leave out union_id",
        effect=effects.without("union_id"),
        endpoints=("user_info",),
    ),
    "placeholder_union_id": Kind(
        label="Send a placeholder as union_id",
        effect=effects.placeholder("union_id"),
        endpoints=("user_info",),
        options=("text",),
    ),
    "missing_access_token": Kind(
        label="Leave out access_token",
        effect=effects.without("access_token"),
        endpoints=("token",),
    ),
    "missing_refresh_token": Kind(
        label="Leave out refresh_token",
        effect=effects.without("refresh_token", "refresh_expires_in"),
        endpoints=("token",),
    ),
    "missing_scope": Kind(
        label="Leave out the scopes",
        effect=effects.without("scope"),
        endpoints=("token",),
    ),
    "other_scope": Kind(
        label="Grant another scope than before",
        effect=effects.adding({"scope": "video.list"}),
        endpoints=("token",),
    ),
    "expires_in_string": Kind(
        label="Send lifetimes as strings",
        effect=effects.edited(effects.stringify),
        endpoints=("token",),
    ),
    "no_expires_in": Kind(
        label="Leave out lifetimes",
        effect=effects.without("expires_in", "refresh_expires_in"),
        endpoints=("token",),
    ),
    "silent": Kind(label="Never call back", effect=effects.silent, endpoints=("sdk",)),
    "cancelled": Kind(
        label="Say that the user cancelled",
        effect=effects.sdk_refusal(102601),
        endpoints=("sdk",),
    ),
    "error_102102": Kind(
        label=f"102102: {SDK_ERRORS[102102]}",
        effect=effects.sdk_refusal(102102),
        endpoints=("sdk",),
    ),
}
