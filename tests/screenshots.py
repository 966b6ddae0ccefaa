"""Pictures for the documents: ``make pictures`` takes anew those that a page shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
ADMIN = "operate/admin"


def take(seen: Any, name: str, **options: Any) -> None:
    """Take a picture of a page or a part of it, where ``make pictures`` runs."""
    path = DOCS / f"{name}.png"
    if os.environ.get("TTMINIS_SCREENSHOTS") and path.exists():
        seen.screenshot(path=path, **options)
