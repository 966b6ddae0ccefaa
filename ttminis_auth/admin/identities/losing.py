"""What a user has besides TikTok, and loses when merged into another user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from ...flows.credentials import Credential, credentials_of
from ...flows.operators import rights_of, user_name


def has_more(user: Any) -> bool:
    """Say whether anything but TikTok leads into the user, or gives them rights."""
    return bool(credentials_of(user) or rights_of(user))


def losses(goes: Any, stays: Any) -> Iterator[str]:
    """Say what does not go along to the user who stays, a sentence each."""
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
