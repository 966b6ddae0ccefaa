"""The drama's API, which takes a session cookie or a session token."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import (
    XSessionTokenAuthentication,
)
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from drama import viewers


class SessionTokenAuthentication(XSessionTokenAuthentication):
    """Answers 401 to a token whose session has ended, so that the page logs in again.

    allauth's class ignores such a token. DRF would then use the session cookie, which
    may belong to another user.
    """

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found is None and self.get_session_token(request):
            raise AuthenticationFailed
        return found

    def authenticate_header(self, request: Request) -> str:
        return "X-Session-Token"


class Progress(APIView):
    """The user, and how far they have watched.

    ``cookies`` names the cookies of the request, to show that it needed none.
    """

    authentication_classes = [SessionTokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        cookies = sorted(request.COOKIES)
        return Response({**viewers.describe(request), "cookies": cookies})
