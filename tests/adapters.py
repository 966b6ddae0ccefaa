"""Adapters as a project might have them."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse, SignupClosedException
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseRedirect


class ClosedAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False


class ClosingAccountAdapter(DefaultAccountAdapter):
    """Is open until it was asked."""

    def is_open_for_signup(self, request):
        was_open = not hasattr(request, "has_closed")
        request.has_closed = True
        return was_open


class VetoingAccountAdapter(DefaultAccountAdapter):
    def pre_login(self, request, user, **kwargs):
        return HttpResponseRedirect("/not-you/")


class BrokenAccountAdapter(DefaultAccountAdapter):
    def login(self, request, user):
        raise DatabaseError("the disk is full")


class VanishingAccountAdapter(DefaultAccountAdapter):
    """Has the user merged away while they are being logged in, the first time."""

    def login(self, request, user):
        if not hasattr(request, "has_vanished"):
            request.has_vanished = True
            get_user_model().objects.filter(pk=user.pk).delete()
            raise DatabaseError("the row to update is gone")
        super().login(request, user)


class LinkingAdapter(DefaultSocialAccountAdapter):
    """Connects newcomers to the user named olga, before allauth signs them up."""

    def pre_social_login(self, request, sociallogin):
        if not sociallogin.is_existing:
            olga = get_user_model().objects.get(username="olga")
            sociallogin.connect(request, olga)


class InterruptingAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request, sociallogin):
        raise ImmediateHttpResponse(HttpResponse("come back later", status=418))


class ClosingAdapter(DefaultSocialAccountAdapter):
    """Says that the sign-up is closed as allauth does."""

    def pre_social_login(self, request, sociallogin):
        raise SignupClosedException


class NamingAdapter(DefaultSocialAccountAdapter):
    def populate_user(self, request, sociallogin, data):
        user = super().populate_user(request, sociallogin, data)
        user.first_name = "Viewer"
        return user
