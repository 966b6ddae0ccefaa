"""Who has a TikTok account, which apps are registered, and what they are called."""

import hashlib
import uuid
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    client_key: str
    client_secret: str = field(repr=False)
    name: str
    developer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    handle: str
    display_name: str


def open_id(handle: str, client_key: str) -> str:
    """Name a person as one app sees them: the same at each call and in each run."""
    digest = hashlib.sha256(f"{handle} as seen by {client_key}".encode()).digest()
    return "-000" + urlsafe_b64encode(digest).decode()[:32]


def union_id(handle: str, developer: str) -> str:
    """Name a person as all apps of one developer see them."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{handle} as seen by {developer}"))


def first_apps() -> dict[str, App]:
    """Return three apps of one developer, so that union_id has something to join."""
    known = (
        ("mnsimdrama000001", "simulated-drama-secret", "Drama"),
        ("mnsimgame0000002", "simulated-game-secret", "Game"),
        ("awsimweb00000003", "simulated-web-secret", "Web site"),
    )
    return {
        key: App(client_key=key, client_secret=secret, name=name, developer="studio")
        for key, secret, name in known
    }


def first_people() -> dict[str, Person]:
    """Return three people, two of whose names are not plain ASCII."""
    names = {"mia": "Mia", "noah": "Noah Ünal", "aiko": "愛子 ✨"}
    return {
        handle: Person(handle=handle, display_name=name)
        for handle, name in names.items()
    }
