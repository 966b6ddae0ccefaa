"""A long piece of work, done a few seconds at a time: the page is what goes on.

There is no worker that could be asked for it. So each answer carries what is left to
do, signed, and the page sends it back, by itself or by a button. Close the page, and
the rest is not done; what is done is done, and has its entry in the history.

What a row is, and what stands in the way, is asked anew when its turn comes, not taken
from the page that was confirmed: its user may have become staff since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from time import monotonic

from django.core import signing

# Long enough to be worth a request, and shorter than any server's time limit.
SECONDS = 2.0
MOST_ROWS = 1000
DAY = 24 * 60 * 60

_SALT = "ttminis_auth.admin.job"


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What is to be done, and what has become of it so far.

    Attributes:
        action: its name.
        operator: the key of the user who confirmed it, as a text.
        pks: the keys of the rows, as texts, in order.
        told: what the form was sent, urlencoded.
        at: how many of them are done or were refused.
        refusals: key and reasons of those that were refused.
    """

    action: str
    operator: str
    pks: Sequence[str]
    told: str = ""
    at: int = 0
    refusals: Sequence[tuple[str, str]] = ()

    @property
    def total(self) -> int:
        return len(self.pks)

    @property
    def done(self) -> int:
        return self.at - len(self.refusals)

    @property
    def is_over(self) -> bool:
        return self.at >= self.total

    def sealed(self) -> str:
        """Return it as a text that nobody can change."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)

    def go_on(self, act: Callable[[str], str | None]) -> Job:
        """Act on the next rows for some seconds; ``act`` returns why it refused."""
        job, deadline = self, monotonic() + SECONDS
        while not job.is_over:
            pk = job.pks[job.at]
            refusal = act(pk)
            refusals = [*job.refusals, (pk, refusal)] if refusal else job.refusals
            job = replace(job, at=job.at + 1, refusals=refusals)
            if monotonic() >= deadline:
                break
        return job


def unsealed(text: str, *, action: str, operator: str) -> Job | None:
    """Return the job, None if it is not this operator's for this action."""
    try:
        job = Job(**signing.loads(text, salt=_SALT, max_age=DAY))
    except signing.BadSignature:
        return None
    return job if (job.action, job.operator) == (action, operator) else None
