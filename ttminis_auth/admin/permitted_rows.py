"""Whom a site's admin of identities shows to an operator, and lets them act on."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Identity
from .object_actions import Action, Refused


def shown(site: AdminSite, request: HttpRequest) -> QuerySet[Identity]:
    """Return the identities that the site shows; all, where it has no admin of them."""
    if not site.is_registered(Identity):
        return Identity.objects.all()
    return site.get_model_admin(Identity).get_queryset(request)


def hides_some(site: AdminSite, request: HttpRequest) -> bool:
    """Say whether there may be identities that the site does not show.

    For lists that are too long to ask of each row what is never so.
    """
    return bool(shown(site, request).query.has_filters())


# Support has permission for one row, their own, and may look at users. They merge a
# person whose page is closed to them into themselves, and have all that was theirs.
class Reach:
    """What one operator may do to all that a user is at TikTok.

    Where the site has no admin of identities, nothing more is asked than the action's
    own permissions.
    """

    def __init__(
        self, site: AdminSite, request: HttpRequest, action: Action[Identity]
    ) -> None:
        self._site, self._request, self._action = site, request, action

    def reasons_against(self, *users: Any) -> list[str]:
        """Say why the action may not be done to these users, a sentence each.

        Someone is out of reach by one identity that is hidden, or that ``may`` refuses.
        """
        if not self._site.is_registered(Identity):
            return []
        asked = {user.pk: user for user in users}
        theirs = {"account__user__in": [*asked]}
        owners = Identity.objects.filter(**theirs).values_list("pk", "account__user")
        within = self._within_reach(shown(self._site, self._request).filter(**theirs))
        beyond = {user_pk for pk, user_pk in owners if pk not in within}
        text = _("%(user)s has a TikTok identity that you may not do this to.")
        return [text % {"user": asked[pk]} for pk in asked if pk in beyond]

    def require(self, *users: Any) -> None:
        """Raise Refused if the action may not be done to these users."""
        if reasons := self.reasons_against(*users):
            raise Refused(reasons)

    def _within_reach(self, identities: QuerySet[Identity]) -> set[Any]:
        admin: Any = self._site.get_model_admin(Identity)
        return {
            each.pk
            for each in identities
            if admin.may(self._request, self._action, each)
        }
