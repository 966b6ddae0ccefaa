"""Adapters as a project might have them."""

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class NumberingAdapter(DefaultSocialAccountAdapter):
    def generate_state_param(self, state):
        return "state-7"


class AskingAdapter(DefaultSocialAccountAdapter):
    """Wants a form filled in at each sign-up."""

    def is_auto_signup_allowed(self, request, sociallogin):
        return False


class ClosedAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin):
        return False
