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


@dataclass(frozen=True, slots=True)
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
    "timeout": Kind("Never answer", effects.time_out, SERVER, ("seconds",)),
    "slow": Kind("Answer late", effects.slow, ENDPOINTS, ("seconds",)),
    "html_502": Kind("502 as an HTML page", effects.bad_gateway, SERVER),
    "server_error": Kind("Internal error (500)", effects.server_error, SERVER),
    "error": Kind("Refuse", effects.error, SERVER, ("error",)),
    "error_in_200": Kind(
        "Refuse, but with status 200", effects.error_in_200, SERVER, ("error",)
    ),
    "invalid_client": Kind("Call key and secret wrong", effects.invalid_client, OAUTH),
    "rate_limited": Kind(
        "Too many requests (429)", effects.rate_limited, SERVER, ("retry_after",)
    ),
    "redirect": Kind("Redirect to the same place", effects.redirect, SERVER),
    "truncated_json": Kind(
        "Break off in the middle of the JSON", effects.truncated, SERVER
    ),
    "huge_body": Kind("Answer with 2 MiB", effects.huge, SERVER),
    "unknown_fields": Kind(
        "Add unknown fields",
        effects.adding({"captcha": None, "x_new": {"nested": [1, 2]}}),
        SERVER,
    ),
    "missing_open_id": Kind(
        "Leave out open_id", effects.without("open_id"), WITH_OPEN_ID
    ),
    "empty_open_id": Kind(
        "Send an empty open_id", effects.adding({"open_id": ""}), WITH_OPEN_ID
    ),
    "placeholder_open_id": Kind(
        "Send a placeholder as open_id",
        effects.placeholder("open_id"),
        WITH_OPEN_ID,
        ("text",),
    ),
    "other_open_id": Kind(
        "Answer with another person's open_id",
        effects.adding({"open_id": "-000another-person"}),
        WITH_OPEN_ID,
    ),
    "missing_union_id": Kind(
        "Leave out union_id", effects.without("union_id"), ("user_info",)
    ),
    "placeholder_union_id": Kind(
        "Send a placeholder as union_id",
        effects.placeholder("union_id"),
        ("user_info",),
        ("text",),
    ),
    "missing_access_token": Kind(
        "Leave out access_token", effects.without("access_token"), ("token",)
    ),
    "missing_refresh_token": Kind(
        "Leave out refresh_token",
        effects.without("refresh_token", "refresh_expires_in"),
        ("token",),
    ),
    "missing_scope": Kind("Leave out the scopes", effects.without("scope"), ("token",)),
    "other_scope": Kind(
        "Grant another scope than before",
        effects.adding({"scope": "video.list"}),
        ("token",),
    ),
    "expires_in_string": Kind(
        "Send lifetimes as strings", effects.edited(effects.stringify), ("token",)
    ),
    "no_expires_in": Kind(
        "Leave out lifetimes",
        effects.without("expires_in", "refresh_expires_in"),
        ("token",),
    ),
    "silent": Kind("Never call back", effects.silent, ("sdk",)),
    "cancelled": Kind(
        "Say that the user cancelled", effects.sdk_refusal(102601), ("sdk",)
    ),
    "error_102102": Kind(
        f"102102: {SDK_ERRORS[102102]}", effects.sdk_refusal(102102), ("sdk",)
    ),
}
