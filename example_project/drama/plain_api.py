"""An endpoint of the drama's API without cookies and without DRF."""

from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Client
from django.http import HttpRequest, JsonResponse


class Me(AuthenticatedAPIView):
    """Return the user's id, for the page in ``spa/``.

    allauth uses the session of the token in place of the cookie's. Without a token it
    answers 401, and 410 if the session has ended.
    """

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(
            {"id": str(request.user.pk), "cookies": sorted(request.COOKIES)}
        )


me = Me.as_api_view(client=Client.APP)
