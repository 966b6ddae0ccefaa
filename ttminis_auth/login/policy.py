"""Decide which user a session may change to.

``TTMinis.login`` has no ``state`` and no redirect address that would tie a code to the
browser that asked for it. So an attacker can feed a victim's page a code of the
attacker's own: were it accepted as a login, the victim would go on, say, to enter a
card number into the attacker's account. So a code moves a session to another user
only when that session came from TikTok anyway (the person switched accounts there), or
when the person asked for the switch.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from django.contrib.auth.base_user import AbstractBaseUser as User

from ..errors import AccountMismatch, ConnectedOther, LoginRequired, UserInactive

Process = Literal["login", "connect", "switch", "authorize"]


class Step(Enum):
    """What a login does to the session."""

    STAY = "the session's user logs in again: leave the session alone"
    ENTER = "log the code's owner in, in a session of their own"
    JOIN = "add the TikTok account to the session's user"


def decide(
    *, current: User | None, owner: User | None, process: Process, minis_session: bool
) -> Step:
    """Return what a valid code may do.

    Arguments:
        current: the session's user, or None for an anonymous session.
        owner: the user of the code's TikTok account, or None at a first login.
        process: what the person is doing.
        minis_session: whether the session was made by a Minis login of the same app.

    Raises LoginRequired, AccountMismatch, ConnectedOther or UserInactive.
    """
    if process == "connect" and current is None:
        raise LoginRequired
    if owner is not None and not owner.is_active:
        raise UserInactive
    if current is not None and current == owner:
        return Step.STAY
    if process == "connect":
        if owner is not None:
            raise ConnectedOther
        return Step.JOIN
    if current is None or process == "switch":
        return Step.ENTER
    # A visitor who consents sees a page of their own. Another person's profile must not
    # appear in it, however the session began.
    if minis_session and process == "login":
        return Step.ENTER
    raise AccountMismatch
