"""``/v2/auth/authorize/``: Login Kit's consent page for web sites.

As in developers.tiktok.com/doc/login-kit-web and login-kit-desktop (for PKCE),
read in November 2026. An app with an unknown key, or with an unknown address for
the answer, gets a page and no redirect; every other error goes back to it.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from ttminis_auth.simulator.gate import simulated
from ttminis_auth.simulator.people import App
from ttminis_auth.simulator.records import RecordedRequest, read_fields
from ttminis_auth.simulator.rights import BASIC_SCOPE, PROFILE_SCOPE
from ttminis_auth.simulator.world import world

MAX_REDIRECT_URI = 512
WEB_SCOPES = {
    BASIC_SCOPE: "Your name, your picture and your ID in this developer's apps",
    PROFILE_SCOPE: "Your profile: handle, biography, link",
}


class Unanswerable(Exception):
    """Carries why nothing may be sent to the redirect_uri."""


class Refused(Exception):
    """Carries the OAuth error that goes back to the site, and why."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(error)
        self.answer = {"error": error, "error_description": why}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a web site asks for."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    code_challenge: str | None
    problem: Refused | None

    @classmethod
    def by(cls, request: HttpRequest) -> Self:
        """Read the address that the site sent the browser to; raises Unanswerable."""
        query = request.GET.dict()
        asked = (scope.strip() for scope in query.get("scope", "").split(","))
        scopes = tuple(sorted({*asked} - {""}))
        return cls(
            app=_app(query.get("client_key")),
            redirect_uri=_redirect_uri(query.get("redirect_uri", "")),
            scopes=scopes,
            state=query.get("state", ""),
            code_challenge=query.get("code_challenge") or None,
            problem=_problem(query, scopes),
        )

    def back(self, **answer: str) -> HttpResponse:
        """Send the browser back to the site with an answer."""
        query = urlencode({**answer, "state": self.state})
        response = HttpResponse(status=302)
        response["Location"] = f"{self.redirect_uri}?{query}"
        return response


@simulated
@require_http_methods(["GET", "POST"])
@csrf_protect
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask the signed-in user, and go back with a code or with a refusal."""
    response = _answer(request)
    response["Cache-Control"] = "no-store"
    world.record(
        RecordedRequest(
            endpoint="authorize",
            method=request.method or "",
            fields=read_fields(request),
            status=response.status_code,
        )
    )
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        asked = Asked.by(request)
    except Unanswerable as reason:
        return _page(request, {"reason": str(reason)}, status=400)
    if asked.problem:
        return asked.back(**asked.problem.answer)
    if request.method == "POST":
        return _decide(request, asked)
    handle = world.signed_in
    return _page(
        request,
        {
            "app": asked.app,
            "person": handle and world.person(handle),
            "scopes": [(scope, WEB_SCOPES[scope]) for scope in asked.scopes],
            "basic": BASIC_SCOPE,
            "site": urlsplit(asked.redirect_uri).netloc,
        },
    )


def _decide(request: HttpRequest, asked: Asked) -> HttpResponse:
    handle = world.signed_in
    if handle is None or request.POST.get("decision") != "allow":
        why = "The user did not agree."
        return asked.back(error="access_denied", error_description=why)
    # The person may uncheck what goes beyond the basic scope, so a site can be
    # granted less than it asked for, and must look.
    chosen = {BASIC_SCOPE, *request.POST.getlist("scope")}
    granted = [scope for scope in asked.scopes if scope in chosen]
    code = world.issue_code(
        asked.app.client_key,
        handle,
        scopes=granted,
        redirect_uri=asked.redirect_uri,
        code_challenge=asked.code_challenge,
    )
    return asked.back(code=code, scopes=",".join(granted))


def _page(
    request: HttpRequest, context: dict[str, object], status: int = 200
) -> HttpResponse:
    return render(request, "ttminis_simulator/consent.html", context, status=status)


def _app(client_key: str | None) -> App:
    for app in world.apps:
        if app.client_key == client_key:
            return app
    raise Unanswerable("No app has this client_key.")


def _redirect_uri(address: str) -> str:
    """Return the address if it is one that TikTok would let an app register."""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    # TikTok wants https on the web; http is for what is still being developed.
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Unanswerable("The redirect_uri is no web address.")
    if "?" in address or "#" in address or len(address) >= MAX_REDIRECT_URI:
        raise Unanswerable("The redirect_uri must be short, and without parameters.")
    return address


def _problem(query: dict[str, str], scopes: tuple[str, ...]) -> Refused | None:
    if query.get("response_type") != "code":
        return Refused("unsupported_response_type", "Only code is supported.")
    if not query.get("state"):
        return Refused("invalid_request", "The parameter state is missing.")
    if not scopes or not WEB_SCOPES.keys() >= set(scopes):
        return Refused("invalid_scope", "A scope is missing or not available.")
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        return Refused("invalid_request", "Only S256 challenges are supported.")
    return None
