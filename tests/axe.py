"""Ask axe-core whether people who do not see, or do not point, can use a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


# What colours and the size of a window change.
OF_A_LOOK = [
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
]


def violations(page: Any, rules: list[str] | None = None) -> list[str]:
    """Return a line for each rule that an element of the page breaks; None: of all."""
    # Colours may be on their way.
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}"
        for rule in found
        for node in rule["nodes"]
    ]
