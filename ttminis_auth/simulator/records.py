"""What is kept of each request that arrived: enough to see it, nothing to use it."""

import json
from dataclasses import dataclass, field

from django.http import HttpRequest

MASK = "•••"

# Shown as they came. All others are masked, also unknown ones: a client
# that sends its secret under a wrong name has still sent its secret.
HARMLESS = frozenset(
    {
        "allow",
        "client_key",
        "fields",
        "grant_type",
        "redirect_uri",
        "response_type",
        "scope",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRequest:
    endpoint: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    """Every field by its raw name, in the order of arrival; values may be masked."""
    status: int
    milliseconds: float = 0.0


def read_fields(request: HttpRequest) -> dict[str, str]:
    """Return all fields of a request, wherever they came: URL, form or JSON."""
    fields: dict[str, object] = {**request.GET.dict(), **request.POST.dict()}
    if request.content_type == "application/json":
        fields.update(_json_fields(request.body))
    return {str(name): str(value) for name, value in fields.items()}


def _json_fields(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def mask(fields: dict[str, str]) -> dict[str, str]:
    return {name: value if name in HARMLESS else MASK for name, value in fields.items()}
