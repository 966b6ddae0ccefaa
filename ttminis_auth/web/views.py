"""allauth's redirect flow, over this package's connection to TikTok."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from http import HTTPStatus

from allauth.socialaccount.helpers import (
    complete_social_login,
    render_authentication_error,
)
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.socialaccount.providers.base import Provider, ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import (
    OAuth2CallbackView,
    OAuth2LoginView,
)
from allauth.socialaccount.providers.tiktok.views import TikTokOAuth2Adapter
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse

from ..conf import conf
from ..core import counts, sessions
from ..core.client_apps import WEB_PROVIDER_ID, get_provider
from ..core.database import non_atomic_requests
from ..errors import LoginRefused, Overtaken
from ..login import allauth_steps
from ..login.enter import redeem, was_merged_away
from ..login.sociallogin import TTMinisSocialLogin, social_token
from ..tiktok.secret import HIDDEN, Secret
from ..tiktok.types import TokenGrant
from . import login as web

View = Callable[..., HttpResponse]


class TikTokWebAdapter(TikTokOAuth2Adapter):
    """Asks TikTok through our own client, whose refusals become allauth's.

    Attributes:
        code: what TikTok sent along with the browser.
        code_verifier: the other half of PKCE, or None without it.
        sociallogin: a ``WebSocialLogin``, once TikTok has named the person.
    """

    code_verifier: Secret | None = None

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.authorize_url = conf.TTMINIS_AUTHORIZE_URL
        self.code = Secret("")
        self.sociallogin: TTMinisSocialLogin | None = None

    def get_provider(self) -> Provider:
        """Return the provider for the app that the state was made for."""
        return self._provider

    @cached_property
    def _provider(self) -> Provider:
        state_id = self.request.GET.get("state", "")
        return _provider(self.request, web.client_key_in(state_id))

    def get_access_token_data(
        self,
        request: HttpRequest,
        app: SocialApp,
        client: OAuth2Client,
        pkce_code_verifier: None = None,
    ) -> TokenGrant:
        with _as_allauth_expects(app):
            token_grant = redeem(
                request,
                app,
                self.code,
                redirect_uri=client.callback_url,
                code_verifier=self.code_verifier,
            )
        self.did_fetch_access_token = True
        return token_grant

    def parse_token(self, data: TokenGrant) -> SocialToken:
        return social_token(self.get_provider().app, data)

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kw: TokenGrant
    ) -> TTMinisSocialLogin:
        token_grant = kw["response"]
        with _as_allauth_expects(app):
            login = web.identify(request, self.get_provider(), token_grant)
        self.sociallogin = login
        return login


class TikTokWebLoginView(OAuth2LoginView):
    """Sends the browser to TikTok, for the app that ``client_key`` names."""

    def get_provider(self) -> Provider:
        return _provider(self.request, self.request.GET.get("client_key"))


class TikTokWebCallbackView(OAuth2CallbackView):
    """Takes the browser back from TikTok, and lets allauth do the rest."""

    adapter: TikTokWebAdapter

    def dispatch(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        self.adapter.code = _take_code(request)
        try:
            with allauth_steps.no_half_login(request) as log_out:
                response = self._complete(request, *args, **kwargs)
                if response.status_code >= HTTPStatus.BAD_REQUEST:
                    log_out()  # allauth's answer to a hook's PermissionDenied
                elif sociallogin := self.adapter.sociallogin:
                    return self._join(request, sociallogin) or response
        except ValidationError as refusal:
            return self._refuse(request, refusal)
        return response

    def _get_state(
        self, request: HttpRequest, provider: object
    ) -> tuple[object, object]:
        """Keep the verifier apart, out of the variables that a report would show."""
        state, response = super()._get_state(request, provider)
        verifier = state.pop("pkce_code_verifier", None) if state else None
        self.adapter.code_verifier = Secret(verifier) if verifier else None
        return state, response

    def _complete(
        self, request: HttpRequest, *args: str, **kwargs: str
    ) -> HttpResponse:
        try:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except (Overtaken, DatabaseError) as error:
            found = self.adapter.sociallogin
            was_overtaken = isinstance(error, Overtaken)
            if found is None or not (was_overtaken or was_merged_away(request, found)):
                raise
            return self._go_on_as(request, found.anew(request))
        return response

    def _join(
        self, request: HttpRequest, sociallogin: TTMinisSocialLogin
    ) -> HttpResponse | None:
        again = web.join(request, sociallogin)
        if again is None:
            return None
        kept = sessions.data(request)
        response = self._go_on_as(request, again)
        if request.user.is_authenticated:
            request.session.update(kept)
        return response

    def _go_on_as(
        self, request: HttpRequest, sociallogin: TTMinisSocialLogin
    ) -> HttpResponse:
        self.adapter.sociallogin = sociallogin
        response: HttpResponse = complete_social_login(request, sociallogin)
        return response

    def _refuse(self, request: HttpRequest, refusal: ValidationError) -> HttpResponse:
        response: HttpResponse = render_authentication_error(
            request,
            self.adapter.get_provider(),
            exception=refusal,
            extra_context={"state": getattr(self.adapter.sociallogin, "state", None)},
        )
        return response


def _take_code(request: HttpRequest) -> Secret:
    """Take the code out of the request's address, which error reports show.

    Not where the browser sent no session: allauth then finds no state, and may send the
    browser to the same address once more, for the sake of SameSite=Strict.
    """
    code = Secret(request.GET.get("code", ""))
    if code.reveal() and request.session.session_key:
        query = request.GET.copy()
        query["code"] = HIDDEN
        request.GET = query  # type: ignore[assignment]
        request.META["QUERY_STRING"] = query.urlencode()
        # Servers note the whole address under one of these names, or none.
        noted = {"RAW_URI", "REQUEST_URI"} & request.META.keys()
        request.META.update(dict.fromkeys(noted, request.get_full_path()))
    return code


def _provider(request: HttpRequest, client_key: str | None) -> Provider:
    try:
        return get_provider(request, client_key, provider_id=WEB_PROVIDER_ID)
    except LoginRefused as refusal:
        raise Http404 from refusal


@contextmanager
def _as_allauth_expects(app: SocialApp) -> Iterator[None]:
    """Count a refusal, and raise what allauth answers with its error page."""
    try:
        with counts.refusals(app.client_id):
            yield
    except ValidationError as refusal:
        raise ProviderException(" ".join(refusal.messages)) from refusal


# allauth promises these two names to its URLs.
oauth2_login: View = TikTokWebLoginView.adapter_view(TikTokWebAdapter)  # type: ignore[no-untyped-call]
# TikTok is asked while the request runs; see ttminis_auth.endpoints.views.
oauth2_callback: View = non_atomic_requests(
    TikTokWebCallbackView.adapter_view(TikTokWebAdapter)  # type: ignore[no-untyped-call]
)
