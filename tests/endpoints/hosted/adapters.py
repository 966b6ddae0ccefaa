"""Adapters of projects, and one that deletes the session during a login."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib.sessions.models import Session


class LeavingAdapter(DefaultSocialAccountAdapter):
    """The user logs out in another tab during this request."""

    def pre_social_login(self, request, sociallogin):
        request.session["seen"] = True
        Session.objects.all().delete()


class KnowsAddresses(DefaultAccountAdapter):
    def get_client_ip(self, request):
        return request.META["HTTP_X_REAL_IP"]
