"""Count how the grants of a refresh run ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class End(StrEnum):
    """Why a run ended."""

    DONE = "done"
    LIMIT = "limit reached"
    OUTAGE = "TikTok is out of reach"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshReport:
    """What became of the grants of one run.

    Attributes:
        refreshed: these have new tokens.
        dead: TikTok takes these no more. Who has no other needs to log in again.
        failed: these were tried in vain, and are still due.
        refused_apps: client keys that TikTok does not accept, or that are configured
            no more. Their grants are left alone once that is known.
    """

    refreshed: int = 0
    dead: int = 0
    failed: int = 0
    refused_apps: tuple[str, ...] = ()
    end: End = End.DONE

    @property
    def settled(self) -> int:
        """How many grants there is nothing more to do for."""
        return self.refreshed + self.dead

    @property
    def is_clean(self) -> bool:
        """Whether nothing went wrong; a limit that was reached is none of that."""
        ended_well = self.end in (End.DONE, End.LIMIT)
        return ended_well and not self.failed and not self.refused_apps

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as a task's result has to be."""
        plain = {"refused_apps": [*self.refused_apps], "end": str(self.end)}
        return asdict(self) | plain

    def __str__(self) -> str:
        words = [f"{self.refreshed} refreshed"]
        words += [f"{self.dead} dead"] if self.dead else []
        words += [f"{self.failed} failed"] if self.failed else []
        words += [f"app {client_key} refused" for client_key in self.refused_apps]
        words += [str(self.end)] if self.end is not End.DONE else []
        return ", ".join(words)
