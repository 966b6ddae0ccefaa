"""What two users have besides TikTok, which an operator who merges them has to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from ..flows.credentials import Credential, credentials_of
from ..flows.operators import rights_of, user_name


def has_more(user: Any) -> bool:
    """Say whether anything but TikTok leads into the user, or gives them rights."""
    return bool(credentials_of(user) or rights_of(user))


# An attacker connects a victim's TikTok account to a user of the attacker's. The server
# reports the two, and does not merge them; an operator who does would hand the victim's
# user to whoever knows the attacker's password.
def warnings(goes: Any, stays: Any) -> Iterator[str]:
    """Say what is lost with the user who goes, and who has the user who stays."""
    yield from _losses(goes, stays)
    if ways := [str(each.label) for each in credentials_of(stays)]:
        text = _(
            "%(stays)s also has: %(ways)s. Make sure that it is the same person's: it "
            "then opens all that was %(goes)s's."
        )
        names = {"goes": user_name(goes), "stays": user_name(stays)}
        yield text % {**names, "ways": ", ".join(ways)}


def _losses(goes: Any, stays: Any) -> Iterator[str]:
    found = credentials_of(goes)
    names = {"goes": user_name(goes), "stays": user_name(stays)}
    lost = [str(each.label) for each in found if each != Credential.ACCOUNT]
    if rights_of(goes) - rights_of(stays):
        lost.append(_("permissions or groups"))
    if lost:
        text = _("This does not go along, and %(goes)s loses it: %(lost)s.")
        yield text % {**names, "lost": ", ".join(lost)}
    if Credential.ACCOUNT in found:
        yield _("Other social accounts of %(goes)s then lead to %(stays)s.") % names
