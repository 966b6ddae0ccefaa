"""The allauth provider of TikTok Minis."""

from __future__ import annotations

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.provider import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from . import identity
from .core import counts
from .core.client_apps import PROVIDER_ID, require_same_class
from .core.user_columns import username_length
from .identity import Person
from .login.enter import verify
from .login.sociallogin import TTMinisSocialLogin
from .tiktok.secret import Secret


class TTMinisAccount(ProviderAccount):
    """How a stored TikTok account shows on allauth's pages.

    ``extra_data`` after a silent login: ``{"open_id": …}``; after a consent also
    ``display_name`` and ``avatar_url``.
    """

    def get_avatar_url(self) -> str | None:
        """Return the picture's address, which TikTok lets expire within hours."""
        url = identity.stored_data(self.account.extra_data).get("avatar_url")
        return url if isinstance(url, str) else None


class TTMinisProvider(OAuth2Provider):
    """Maps TikTok's grants to allauth's accounts.

    An ``OAuth2Provider`` only because allauth's headless configuration shows clients
    the client key of these alone. There is no redirect: a mini app cannot leave its
    page (the restrictions of tiktok-minis development), so the SDK brings the code.
    """

    id = PROVIDER_ID
    name = "TikTok"
    account_class = TTMinisAccount
    supports_redirect = False
    supports_token_authentication = True
    keeps_identities = True

    def __init__(self, request: HttpRequest, app: SocialApp | None = None) -> None:
        super().__init__(request, app)
        require_same_class(self)

    def get_login_url(self, request: HttpRequest, **kwargs: object) -> str:
        """Return the page with the login button, for this app."""
        query = {"client_key": self.app.client_id, **kwargs}
        return f"{reverse('ttminis_login')}?{urlencode(query)}"

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: object = None,
        **kwargs: object,
    ) -> HttpResponse:
        """Send the browser to the page with the login button."""
        query = {"process": process}
        if next_url:
            query[REDIRECT_FIELD_NAME] = next_url
        return HttpResponseRedirect(self.get_login_url(request, **query))

    def verify_token(
        self, request: HttpRequest, token: dict[str, object]
    ) -> TTMinisSocialLogin:
        """Exchange the code that a headless client sends as ``access_token``.

        allauth's endpoint has no field for a code. What stands there is never taken
        for a token of TikTok's: a token does not say which app it was issued to, so
        any other app's operator could log in here with the tokens of its users.

        Raises a ``ValidationError`` with one of the codes of ``errors``.
        """
        code = Secret(str(token.get("access_token") or ""))
        with counts.refusals(self.app.client_id):
            sociallogin = verify(request, self, code)
        sociallogin.is_allauths = True
        return sociallogin

    def sociallogin_from_response(
        self, request: HttpRequest, response: Person
    ) -> TTMinisSocialLogin:
        """Return an unsaved login for what TikTok answered."""
        plain = super().sociallogin_from_response(request, response)
        return TTMinisSocialLogin(plain, response)

    def extract_uid(self, data: Person) -> str:
        return identity.uid(data)

    def extract_extra_data(self, data: Person) -> dict[str, object]:
        return identity.extra_data(data)

    def extract_common_fields(self, data: Person) -> dict[str, object]:
        return identity.common_fields(data, username_length())


provider_classes = [TTMinisProvider]
