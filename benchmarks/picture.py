"""Draw what a run has measured, as SVG: bars, one group for each question."""

from __future__ import annotations

from html import escape
from typing import Any

from .logins import ALLAUTH, BARE, OURS, SOCIAL

WAYS = (OURS, ALLAUTH, SOCIAL, BARE)
LEFT, WIDTH, ROW, BAR = 150, 640, 20, 14
ROOM = WIDTH - LEFT - 70  # for the number after the longest bar


def draw(found: dict[str, Any]) -> str:
    """Return the picture of a run's figures."""
    rows = found["logins"]
    groups = {
        "CPU of one returning login, in ms": _of(rows, "cpu"),
        "Time with TikTok 50 ms away, in ms": _of(rows, "p50 at 50"),
    }
    if found.get("servers"):
        rates = found["servers"]["gunicorn"]
        groups["Logins a second, gunicorn on PostgreSQL"] = {
            way.name: rates[way.name] for way in WAYS
        }
    parts: list[str] = []
    y = 0
    for title, bars in groups.items():
        y += 2 * ROW
        parts.append(f'<text x="0" y="{y - 6}" font-weight="bold">{title}</text>')
        for name, value in bars.items():
            parts += _bar(y, name, value, ROOM * value / max(bars.values()))
            y += ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" '
        'font-family="sans-serif" font-size="13" fill="#444" role="img">'
    )
    return "\n".join([head, *parts, "</svg>", ""])


def _of(rows: dict[str, Any], key: str) -> dict[str, float]:
    return {way.name: rows[way.name][key] for way in WAYS}


def _bar(y: int, name: str, value: float, length: float) -> list[str]:
    colour = "#d6336c" if name == OURS.name else "#888"
    end, line, size = LEFT - 8, y + BAR - 3, f'width="{length:.0f}" height="{BAR}"'
    return [
        f'<text x="{end}" y="{line}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{LEFT}" y="{y}" {size} fill="{colour}"/>',
        f'<text x="{LEFT + length + 6:.0f}" y="{line}">{value:.0f}</text>',
    ]
