"""Which identities a site's admin shows to an operator, and lets them act on."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..models import Identity
from .object_actions import ActionClass, Form


def shown(site: AdminSite, request: HttpRequest) -> QuerySet[Identity]:
    """Return the identities that the site shows; all, where it has no admin of them."""
    if not site.is_registered(Identity):
        return Identity.objects.all()
    return site.get_model_admin(Identity).get_queryset(request)


# Support has permission for one row, their own, and may look at users. They merge a
# user whose page is closed to them into themselves, and have all that was that user's.
def reasons_against(asked: Form, action: ActionClass, *users: User) -> list[str]:
    """Return why who asks may not do an action to these users, a sentence each.

    One identity is enough that is hidden, or that ``may`` refuses. Where the site has
    no admin of identities, nothing more is asked than the action's own permissions.
    """
    site, request = asked.admin.admin_site, asked.request
    if not site.is_registered(Identity):
        return []
    admin: Any = site.get_model_admin(Identity)
    named = {user.pk: user for user in users}
    theirs = {"account__user__in": [*named]}
    permitted = {
        each.pk
        for each in shown(site, request).filter(**theirs)
        if admin.may(request, action, each)
    }
    owners = Identity.objects.filter(**theirs).values_list("pk", "account__user")
    beyond = {user_pk for pk, user_pk in owners if pk not in permitted}
    text = _("%(user)s has a TikTok identity that you may not do this to.")
    return [text % {"user": named[pk]} for pk in named if pk in beyond]
