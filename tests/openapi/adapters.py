"""Accidents that a project's adapter can arrange."""

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

from ttminis_auth.profile import user_info


class AlwaysOvertakenAdapter(DefaultSocialAccountAdapter):
    """Another first login always wins, and is gone at the next look."""

    def populate_user(self, request, sociallogin, data):
        get_user_model().objects.filter(username="winner").delete()
        return super().populate_user(request, sociallogin, data)

    def save_user(self, request, sociallogin, form=None):
        account = sociallogin.account
        winner = get_user_model().objects.create_user("winner")
        SocialAccount.objects.create(
            user=winner, provider=account.provider, uid=account.uid
        )
        return super().save_user(request, sociallogin, form)


class RefusingAdapter(DefaultSocialAccountAdapter):
    """Takes only those who are old enough, with a code of its own."""

    def pre_social_login(self, request, sociallogin):
        raise ValidationError("You are too young.", code="too_young")


class RefreshingAdapter(DefaultSocialAccountAdapter):
    """Insists on a profile of today at every login."""

    def pre_social_login(self, request, sociallogin):
        user_info.fetch(sociallogin.account.ttminis_identity)
