"""What pyproject.toml says of the package, for tests of what others say of it."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())[
    "project"
]


def classified(topic: str) -> list[str]:
    """Return the versions of Python or Django for which there is a classifier."""
    found = [each.rpartition(f"{topic} :: ")[2] for each in PROJECT["classifiers"]]
    return [each for each in found if each.replace(".", "").isdigit() and "." in each]
