"""``minis.config.json``, the API's address, and the domains that are let through."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from .files import PAGE

MOST_DOMAINS = 20
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
)
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")
_LOOPBACK = re.compile(r"(?:.+\.)?localhost|127\.0\.0\.1")
_CLIENT_KEY = re.compile(r"[A-Za-z0-9_-]{1,191}")

# The package is what the build made, so its parts stand right here. Both spellings of
# each name: TikTok's pages contradict each other, and none says that more would harm.
_BUILD = {"outputDir": ".", "output": ".", "htmlEntry": PAGE}


def api_base(address: str, *, development: bool = False) -> str:
    """Return the API's address without a slash at the end; raises ValueError.

    TikTok's client calls nothing but https. ``development`` lets http through to this
    machine, where the example plays TikTok.
    """
    parts = _split(address, "The API base", development)
    if parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise ValueError(f"The API base {address} must end with a plain path.")
    return f"{_origin(parts)}{parts.path.rstrip('/')}"


def trusted_domain(address: str, *, development: bool = False) -> str:
    """Return an origin as the portal takes it; raises ValueError.

    No path and no wildcard (platform documentation on trusted domains).
    """
    parts = _split(address, "The trusted domain", development)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"The trusted domain {address} must have no path.")
    return _origin(parts)


def trusted_domains(
    base: str, more: Iterable[str], *, development: bool = False
) -> tuple[str, ...]:
    """Return the API's own origin and the others, each once; raises ValueError."""
    own = _origin(urlsplit(base))
    others = (trusted_domain(each, development=development) for each in more)
    domains = tuple(dict.fromkeys((own, *others)))
    if len(domains) > MOST_DOMAINS:
        raise ValueError(
            f"TikTok takes at most {MOST_DOMAINS} trusted domains, not {len(domains)}."
        )
    return domains


def client_key(given: str) -> str:
    """Return the key if it can stand in a script as it is; raises ValueError."""
    if not _CLIENT_KEY.fullmatch(given):
        raise ValueError("A client key has letters and digits only.")
    return given


def document(key: str, domains: Iterable[str]) -> bytes:
    """Return ``minis.config.json``, the same bytes for the same input."""
    listed = list(domains)
    values = {
        "appId": key,
        "clientKey": key,
        "domain": {"trustedDomains": listed, "allowList": listed},
        "dev": {"clientKey": key, "host": "localhost", "port": 3000},
        "build": _BUILD,
    }
    return (json.dumps(values, indent=2) + "\n").encode()


def read(content: bytes) -> tuple[str, list[str]]:
    """Return client key and trusted domains of a configuration, whatever its spelling.

    Both are empty where it does not say.
    """
    values = _load(content)
    keys = (values.get("clientKey"), _part(values, "dev").get("clientKey"))
    domain = _part(values, "domain")
    listed = (domain.get(name) for name in ("trustedDomains", "allowList"))
    flat = [each for some in listed if isinstance(some, list) for each in some]
    key = next((k for k in (*keys, values.get("appId")) if isinstance(k, str)), "")
    return key, list(dict.fromkeys(map(str, flat)))


def _load(content: bytes) -> dict[str, object]:
    try:
        values = json.loads(content)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _part(values: dict[str, object], name: str) -> dict[str, object]:
    part = values.get(name)
    return part if isinstance(part, dict) else {}


def _split(address: str, what: str, development: bool) -> SplitResult:
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{what} {address} is no address.") from None
    local = development and parts.scheme == "http" and _LOOPBACK.fullmatch(host)
    if parts.scheme != "https" and not local:
        raise ValueError(
            f"{what} {address} must begin with https://: TikTok's client calls nothing "
            "else. --development allows http to localhost."
        )
    if "@" in parts.netloc or port == 0 or not _HOST.fullmatch(host):
        raise ValueError(f"{what} {address} must name one host, without a wildcard.")
    return parts


def _origin(parts: SplitResult) -> str:
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
