"""The test project's URLs, and pages of a project."""

from __future__ import annotations

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import (
    JWTTokenAuthentication,
    XSessionTokenAuthentication,
)
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.urls import urlpatterns as project_urlpatterns
from ttminis_auth.conf import conf

NONCE = "bm9uY2UgZm9yIHRlc3Rz"

STAGE = """{% load static ttminis %}<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="color-scheme" content="light dark">
    <title>Stage</title>
    {% if bundle or alone %}
      <script src="{% static 'ttminis_auth/ttminis-auth.js' %}"></script>
    {% endif %}
    {% if alone %}
      <script src="{{ sdk_url }}"></script>
    {% else %}
      {% ttminis_sdk silent=silent next=next process=process inline_init=inline_init %}
    {% endif %}
    {% if never %}<script src="/never.js" defer></script>{% endif %}
  </head>
  <body>
    <p id="who">{{ user.username }}</p>
    <p>{% ttminis_login_button %}</p>
    <p>{% ttminis_connect_button %}</p>
    <p>{% ttminis_authorize_button return_scopes=return_scopes %}</p>
    <form id="logout" method="post" action="{% url 'account_logout' %}">
      {% csrf_token %}<button>Log out</button>
    </form>
    <form id="leave" method="post" action="/leave/">
      {% csrf_token %}<button>Leave</button>
    </form>
    <a id="link" href="/leave/">Leave</a>
    <a id="marked" href="/leave/" data-ttminis-logout>Leave</a>
    <button id="button" type="button" data-ttminis-logout>Leave</button>
  </body>
</html>
"""


def render_stage(request: HttpRequest, *, inline_init: bool = True) -> HttpResponse:
    """Render the stage with the options in the query string."""
    context: dict[str, Any] = {
        "silent": "quiet" not in request.GET,
        "next": request.GET.get("next"),
        "process": request.GET.get("process", "login"),
        "inline_init": inline_init,
        "bundle": "bundle" in request.GET,
        "alone": "alone" in request.GET,
        "never": "never" in request.GET,
        "sdk_url": conf.TTMINIS_SDK_URL,
        "return_scopes": "scopes" in request.GET,
    }
    template = engines["django"].from_string(STAGE)
    return HttpResponse(template.render(context, request))


def stage(request: HttpRequest) -> HttpResponse:
    return render_stage(request)


def strict(request: HttpRequest) -> HttpResponse:
    """Allow scripts from here, TikTok's host and with the nonce; none inline."""
    policy = "default-src 'self'; script-src 'self' https://connect.tiktok-minis.com"
    if "nonce" in request.GET:
        request.csp_nonce = NONCE  # type: ignore[attr-defined]
        policy += f" 'nonce-{NONCE}'"
    response = render_stage(request, inline_init="nonce" in request.GET)
    response["Content-Security-Policy"] = policy
    return response


def forgetful(request: HttpRequest) -> HttpResponse:
    """Render for an anonymous visitor always, as if the browser kept no cookies."""
    request.user = AnonymousUser()
    return render_stage(request)


AVATAR = """{% load ttminis %}<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Avatar</title>
    {% if not late %}{% ttminis_sdk silent=False inline_init=False %}{% endif %}
  </head>
  <body>
    {% ttminis_avatar account size=64 %}
    {% if late %}{% ttminis_sdk silent=False inline_init=False %}{% endif %}
  </body>
</html>
"""


def avatar(request: HttpRequest) -> HttpResponse:
    """Show the picture of the URL in the query string."""
    extra_data = {"display_name": "Noah Ünal", "avatar_url": request.GET.get("url")}
    template = engines["django"].from_string(AVATAR)
    account = SocialAccount(extra_data=extra_data)
    context = {"account": account, "late": "late" in request.GET}
    response = HttpResponse(template.render(context, request))
    policy = "default-src 'self'; script-src 'self' https://connect.tiktok-minis.com"
    response["Content-Security-Policy"] = policy
    return response


def note(request: HttpRequest) -> HttpResponse:
    """Return the user and the body; 401 for an anonymous request."""
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    return JsonResponse({"user": request.user.pk, "text": request.body.decode()})


class TokenNote(APIView):
    """As ``note``, with a session token. DRF answers 403 to an anonymous request."""

    authentication_classes = [XSessionTokenAuthentication]
    permission_classes = [IsAuthenticated]
    renderer_classes = [JSONRenderer]

    def get(self, request: Request) -> Response:
        return self.post(request)

    def post(self, request: Request) -> Response:
        cookies = sorted(request.COOKIES)
        data = {"user": request.user.pk, "text": request.body.decode()}
        return Response({**data, "cookies": cookies})


class TokenNoteWith401(TokenNote):
    """The same, with 401 for an anonymous request."""

    class Authentication(XSessionTokenAuthentication):
        def authenticate_header(self, request: Request) -> str:
            return "X-Session-Token"

    authentication_classes = [Authentication]


class JWTNote(TokenNote):
    authentication_classes = [JWTTokenAuthentication]


def leave(request: HttpRequest) -> HttpResponse:
    """Log out as a project's own view does, and show the stage."""
    logout(request)
    return stage(request)


@csrf_exempt
def answer(request: HttpRequest, status: int) -> HttpResponse:
    return JsonResponse({}, status=status)


def always_401(request: HttpRequest) -> HttpResponse:
    return JsonResponse({}, status=401)


@csrf_exempt
def bounce(request: HttpRequest) -> HttpResponse:
    """Redirect to another origin, with method and body."""
    response = HttpResponseRedirect("https://elsewhere.example/take")
    response.status_code = 307
    return response


def favicon(request: HttpRequest) -> HttpResponse:
    """Answer what some browsers request by themselves and report if it is missing."""
    return HttpResponse(status=204)


urlpatterns = [
    path("favicon.ico", favicon),
    path("stage/", stage),
    path("strict/", strict),
    path("forgetful/", forgetful),
    path("leave/", leave),
    path("avatar/", avatar),
    path("api/note/", note),
    path("api/401/", always_401),
    path("api/answer/<int:status>/", answer),
    path("api/token/note/", TokenNoteWith401.as_view()),
    path("api/token/note403/", TokenNote.as_view()),
    path("api/token/jwt/", JWTNote.as_view()),
    path("api/bounce/", bounce),
    *project_urlpatterns,
]
