"""Find the ways to log in as a user other than TikTok."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import user_email
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.base_user import AbstractBaseUser as User
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from ..models import Identity
from .merge import models_pointing_at

# Apps whose rows let their user in, or hold the user's second factor. A project's own
# credentials are unknown here: its receiver of ``merging_users`` vetoes.
_APPS = frozenset(
    {
        "allauth_idp_oidc",
        "authtoken",  # Django REST framework
        "knox",
        "mfa",  # allauth's; passkeys are among its authenticators
        "oauth2_provider",
        "passkeys",
        "social_django",
        "two_factor",
    }
)
_APPS_OF_DJANGO_OTP = "otp_"

# TikTok's login makes the user first and the account at the end of the same request.
_ONE_LOGIN = timedelta(minutes=1)


class Credential(TextChoices):
    """A way into a user, for an operator to read."""

    PASSWORD = "password", _("a password")
    EMAIL = "email", _("an e-mail address")
    PHONE = "phone", _("a phone number")
    ACCOUNT = "account", _("a social account other than TikTok")
    TOKEN = "token", _("a second factor, a passkey or an API token")


def credentials_of(user: User) -> list[Credential]:
    """Return what logs in as this user without TikTok, or could do so soon."""
    others = SocialAccount.objects.filter(user=user.pk, ttminis_identity=None)
    found = {
        Credential.PASSWORD: user.has_usable_password(),
        Credential.EMAIL: _has_email(user),
        Credential.PHONE: _has_phone(user),
        Credential.ACCOUNT: others.exists(),
        Credential.TOKEN: any(map(_is_of_credentials, models_pointing_at(user))),
    }
    return [credential for credential, is_there in found.items() if is_there]


def is_tiktoks_alone(user: User) -> bool:
    """Return whether TikTok is the only way into the user, and always was.

    A user that another authentication backend made, such as LDAP's, may have no
    credential that is stored here, so a user who was there before their first TikTok
    account is not TikTok's alone.
    """
    return not credentials_of(user) and _came_by_tiktok(user)


def _has_email(user: User) -> bool:
    # allauth sends a new password to either, and Django to the user's own.
    addresses = user_email(user), getattr(user, user.get_email_field_name(), None)
    return any(addresses) or EmailAddress.objects.filter(user=user.pk).exists()


def _has_phone(user: User) -> bool:
    try:
        return bool(get_adapter().get_phone(user))
    except NotImplementedError:  # the project knows no phones
        return False


def _is_of_credentials(label: str) -> bool:
    app = label.partition(".")[0]
    return app in _APPS or app.startswith(_APPS_OF_DJANGO_OTP)


def _came_by_tiktok(user: User) -> bool:
    joined = getattr(user, "date_joined", None)
    if joined is None:
        return True  # the model does not say
    around = joined - _ONE_LOGIN, joined + _ONE_LOGIN
    theirs = Identity.objects.filter(account__user=user.pk)
    return theirs.filter(account__date_joined__range=around).exists()
