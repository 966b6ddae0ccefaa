"""How each fault changes what TikTok answers.

An effect that stands instead of the answer leaves the code unspent; one that spoils
the answer comes after the work was done, so the code is gone, as it would be there.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from ttminis_auth.simulator.answers import Answer, data_error, oauth_error, sdk_error

HUGE = 2 * 1024 * 1024
DEFAULT_DELAY = 30.0

Usual = Callable[[], Answer]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One misbehaviour, for the next ``times`` requests to ``endpoint``."""

    kind: str
    endpoint: str
    times: int = 1
    options: dict[str, object] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        return self.options.get(name, default)


Effect = Callable[[Fault, Usual], Answer]


def refused(fault: Fault, code: str, status: int | None = None) -> Answer:
    shape = data_error if fault.endpoint == "user_info" else oauth_error
    return shape(code, "The simulator was ordered to answer this.", status)


# --- instead of an answer


def time_out(fault: Fault, usual: Usual) -> Answer:
    # The work is done first: a client that gives up cannot know that its code is
    # spent, and must not send it again.
    usual()
    answer = html("504 Gateway Timeout", 504)
    return replace(answer, delay=fault.option("seconds", DEFAULT_DELAY))


def bad_gateway(fault: Fault, usual: Usual) -> Answer:
    return html("502 Bad Gateway", 502)


def html(title: str, status: int) -> Answer:
    page = f"<html><head><title>{title}</title></head><body>{title}</body></html>"
    return Answer(raw=page.encode(), status=status, content_type="text/html")


def error(fault: Fault, usual: Usual) -> Answer:
    return refused(fault, fault.option("error", usual_error(fault)))


def error_in_200(fault: Fault, usual: Usual) -> Answer:
    return refused(fault, fault.option("error", usual_error(fault)), 200)


def usual_error(fault: Fault) -> str:
    return "access_token_invalid" if fault.endpoint == "user_info" else "invalid_grant"


def server_error(fault: Fault, usual: Usual) -> Answer:
    data = fault.endpoint == "user_info"
    return refused(fault, "internal_error" if data else "server_error")


def invalid_client(fault: Fault, usual: Usual) -> Answer:
    return refused(fault, "invalid_client")


def rate_limited(fault: Fault, usual: Usual) -> Answer:
    seconds = fault.option("retry_after", 30)
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return replace(refused(fault, "rate_limit_exceeded"), headers=headers)


def redirect(fault: Fault, usual: Usual) -> Answer:
    # Back to the same place, method and body kept: a client that follows sends its
    # secret a second time, and is seen to.
    answer = html("307 Temporary Redirect", 307)
    return replace(answer, headers={"Location": "."})


def silent(fault: Fault, usual: Usual) -> Answer:
    return Answer(body={"silent": True})


def sdk_refusal(code: int) -> Effect:
    return lambda fault, usual: sdk_error(code)


# --- a spoiled answer


def slow(fault: Fault, usual: Usual) -> Answer:
    return replace(usual(), delay=fault.option("seconds", 1.0))


def truncated(fault: Fault, usual: Usual) -> Answer:
    answer = usual()
    content = answer.content()
    return replace(answer, raw=content[: len(content) // 2])


def edited(edit: Callable[[dict[str, object]], None]) -> Effect:
    """Return an effect that changes what a good answer says of the user."""

    def effect(fault: Fault, usual: Usual) -> Answer:
        answer = usual()
        if answer.status != 200:
            return answer
        body = deepcopy(answer.body)
        edit(body["data"]["user"] if "data" in body else body)
        return replace(answer, body=body)

    return effect


def without(*names: str) -> Effect:
    def edit(found: dict[str, object]) -> None:
        for name in names:
            found.pop(name, None)

    return edited(edit)


def adding(values: dict[str, object]) -> Effect:
    return edited(lambda found: found.update(values))


def placeholder(name: str) -> Effect:
    """Send a text that stands for "none" in place of an id."""

    def effect(fault: Fault, usual: Usual) -> Answer:
        return adding({name: fault.option("text", "0")})(fault, usual)

    return effect


def stringify(found: dict[str, object]) -> None:
    for name in ("expires_in", "refresh_expires_in"):
        found[name] = str(found[name])


def pad(found: dict[str, object]) -> None:
    found["padding"] = "x" * HUGE


huge = edited(pad)
