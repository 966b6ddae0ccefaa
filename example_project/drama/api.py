"""The drama's API, for a page that knows a visitor by cookie or by token."""

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
    """Says 401 to a token of a dead session, which makes the page log in again.

    allauth's class has no opinion on such a token: DRF would go on to the cookies,
    which may be somebody else's.
    """

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found is None and self.get_session_token(request):
            raise AuthenticationFailed
        return found

    def authenticate_header(self, request: Request) -> str:
        return "X-Session-Token"


class Progress(APIView):
    """Who is watching, and how far they have come.

    ``cookies`` names those that came with the question: proof that none had to.
    """

    authentication_classes = [SessionTokenAuthentication, SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        cookies = sorted(request.COOKIES)
        return Response({**viewers.describe(request), "cookies": cookies})
