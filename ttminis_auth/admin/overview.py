"""The parts of the overview page, as dictionaries for its template.

Counts are numbers, which Django's templates write as the site writes numbers. They are
the coordinates of the charts, too: an SVG stretches to whatever room there is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import DailyCount, Health
from ..tiktok.types import RemovalReason

What = DailyCount.What

# Today and yesterday are compared with the same days of the week before.
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# Of the height: something is never drawn as nothing, next to however large a peak.
LOWEST = 0.02

# What the codes of failures and removals mean, for operators.
REFUSALS: Mapping[str, Promise] = {
    "account_mismatch": _("another user was logged in"),
    "code_rejected": _("TikTok did not take the code"),
    "connected_other": _("the TikTok account is another user's"),
    "csrf_failed": _("the request was forged, or its page outdated"),
    "invalid_request": _("the request was malformed"),
    "login_again": _("a parallel request was faster"),
    "login_required": _("no user was logged in to connect to"),
    "login_vetoed": _("a hook of the project's said no"),
    "misconfigured": _("TikTok refuses the app's key or secret"),
    "origin_refused": _("the page is not the app's own"),
    "rate_limited": _("too many bad codes from one address"),
    "reauthentication_impossible": _("the user has nothing to confirm it with"),
    "signup_closed": _("no new users are taken"),
    "tiktok_unavailable": _("TikTok gave no usable answer"),
    "token_refused": _("TikTok did not hand out the profile"),
    "unknown_client_key": _("no app here has the client key"),
    "user_inactive": _("the user is deactivated"),
}
REASONS: Mapping[int, Promise] = {
    RemovalReason.UNKNOWN: _("TikTok gave no reason"),
    RemovalReason.USER_DISCONNECTED: _("the person removed the app"),
    RemovalReason.ACCOUNT_DELETED: _("the TikTok account was deleted"),
    RemovalReason.AGE_CHANGED: _("the person's age changed"),
    RemovalReason.BANNED: _("the TikTok account was banned"),
    RemovalReason.DEVELOPER_REVOKED: _("this site revoked it"),
}
# Counted under TikTok's numbers (webhooks-events).
REMOVALS = {str(int(number)): text for number, text in REASONS.items()}

# Makes the address of identities, by what their list is narrowed down to.
Link = Callable[..., str]


def read(today: date, length: int) -> list[DailyCount]:
    """Return what was counted lately: one statement, and few rows whatever happened."""
    since = min(today - (length - 1) * DAY, today - WEEK - DAY)
    return list(DailyCount.objects.filter(day__range=(since, today)))


class Figures:
    """The counts of some days, ``by_code`` for a thing that is counted and a day.

    Attributes:
        days: the days that are shown, today last.
    """

    def __init__(self, rows: Iterable[DailyCount], today: date, length: int) -> None:
        self._rows = list(rows)
        self.today = today
        self.days = [today - ago * DAY for ago in range(length)][::-1]
        self.by_code: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
        for row in self._rows:
            self.by_code[row.what, row.day][row.code] += row.count

    @property
    def is_empty(self) -> bool:
        return not self._rows

    def health(self) -> tuple[Counter[str], datetime | None]:
        """Return how many identities' tokens were in which state, and when.

        The last look at each app counts; None stands for no look at all.
        """
        looks = [row for row in self._rows if row.what == What.GRANTS]
        last = {row.client_key: row.day for row in sorted(looks, key=_day_of)}
        looks = [row for row in looks if row.day == last[row.client_key]]
        states = Counter[str]()
        for row in looks:
            states[row.code] += row.count
        return states, min((row.counted_at for row in looks), default=None)


def panel(
    figures: Figures,
    what: str,
    title: str,
    meanings: Mapping[str, Promise] | None = None,
    link: tuple[str, str] | None = None,
) -> dict[str, object]:
    """Show one thing that was counted, and its codes where these have ``meanings``."""
    by_code = [figures.by_code[what, day] for day in figures.days]
    totals = sum(by_code, Counter[str]())
    codes = [code for code, _n in totals.most_common()] if meanings else []
    counts = [each.total() for each in by_code]
    days = [date_format(day, "MONTH_DAY_FORMAT") for day in figures.days]
    peak = max(counts)
    cells = [[each[code] for code in codes] for each in by_code]
    return {
        "slug": what,
        "title": title,
        "total": totals.total(),
        "today": counts[-1],
        "peak": peak,
        "peak_day": days[counts.index(peak)],
        "bars": [
            _bar(x, max(count, peak * LOWEST), peak, f"{days[x]}: {count}")
            for x, count in enumerate(counts)
            if count
        ],
        "width": len(days),
        "height": max(peak, 1),
        "legend": [
            {"name": code, "meaning": (meanings or {}).get(code), "count": totals[code]}
            for code in codes
        ],
        "codes": codes,
        "rows": list(zip(days, counts, cells, strict=True))[::-1],
        "first_day": days[0],
        "last_day": days[-1],
        "link": link,
    }


def _bar(x: int, height: float, peak: int, says: str) -> dict[str, object]:
    size = {"x": x, "y": peak - height, "width": 0.8, "height": height}
    return {**size, "series": 0, "says": says}


def health(figures: Figures, link: Link | None) -> dict[str, object]:
    """Show how many identities have usable tokens, as shares of all."""
    states, looked_at = figures.health()
    legend, bars, x = [], [], 0
    for series, state in enumerate(Health):
        count = states[state]
        share = number_format(100 * count / max(states.total(), 1), 1)
        entry = {"series": series, "name": state.label, "count": count}
        entry["share"] = _("%(share)s%%") % {"share": share}
        entry["url"] = link(health=state.value) if link else ""
        legend.append(entry)
        says = "{name}: {count} ({share})".format(**entry)
        bar = {"x": x, "y": 0, "width": count, "height": 1}
        bars += [{**bar, "series": series, "says": says}] if count else []
        x += count
    return {
        "slug": "health",
        "title": _("Healthy tokens"),
        "looked_at": looked_at,
        "total": "{share} {name}".format(**legend[0]),
        "bars": bars,
        "width": max(x, 1),
        "height": 1,
        "legend": legend,
    }


def comparison(figures: Figures, what: str, title: str) -> dict[str, object]:
    """Compare today and yesterday with the same days of the week before."""
    today, yesterday = figures.today, figures.today - DAY
    days = {"today": today, "today_before": today - WEEK}
    days |= {"yesterday": yesterday, "yesterday_before": yesterday - WEEK}
    counts = {name: figures.by_code[what, day].total() for name, day in days.items()}
    return {"title": title, **counts}


def _day_of(row: DailyCount) -> date:
    return row.day
