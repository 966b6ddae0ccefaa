"""allauth's provider for TikTok's Login Kit, with ``union_id``."""

from __future__ import annotations

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.tiktok.provider import TikTokProvider
from django.http import HttpRequest

from .. import identity
from ..core.client_apps import require_same_class
from ..core.user_columns import username_length
from ..identity import Person
from . import login
from .views import TikTokWebAdapter


class TikTokWebProvider(TikTokProvider):
    """allauth's provider ``tiktok``, which keeps what a Minis login keeps.

    ``extra_data`` holds what the granted scopes allow, merged over what was stored:
    ``open_id``, ``union_id``, ``display_name``, ``avatar_url``, and with
    ``user.info.profile`` also ``username`` and ``profile_deep_link``.
    """

    oauth2_adapter_class = TikTokWebAdapter
    keeps_identities = True

    def __init__(self, request: HttpRequest, app: SocialApp | None = None) -> None:
        super().__init__(request, app)
        require_same_class(self)

    def get_login_url(self, request: HttpRequest, **kwargs: object) -> str:
        """Return the address that starts a login with this very app."""
        url = super().get_login_url(request, client_key=self.app.client_id, **kwargs)
        return str(url)

    def stash_redirect_state(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: object = None,
        state_id: str | None = None,
        **kwargs: object,
    ) -> str:
        """Keep the state under an id that distinguishes the app from others."""
        known = {"process": process, "data": data, **kwargs}
        plain = state_id or get_adapter().generate_state_param(known)
        state_id = login.with_client_key(plain, self.app.client_id)
        kept = super().stash_redirect_state(
            request, process, next_url, data, state_id, **kwargs
        )
        return str(kept)

    def sociallogin_from_response(
        self, request: HttpRequest, response: Person
    ) -> login.WebSocialLogin:
        """Return an unsaved login for what TikTok answered."""
        plain = super().sociallogin_from_response(request, response)
        return login.WebSocialLogin(plain, response)

    def extract_uid(self, data: Person) -> str:
        return identity.uid(data)

    def extract_extra_data(self, data: Person) -> dict[str, object]:
        return identity.extra_data(data)

    def extract_common_fields(self, data: Person) -> dict[str, object]:
        fields = identity.common_fields(data, username_length())
        # As allauth does it: who shares their handle with a site may be called by it.
        handle = data.user_info and data.user_info.username
        return fields | ({"username": handle} if handle else {})
