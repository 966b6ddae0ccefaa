"""An endpoint of the drama's API that needs neither a cookie nor a framework."""

from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Client
from django.http import HttpRequest, JsonResponse


class Me(AuthenticatedAPIView):
    """Say who asks, for the page in ``spa/``.

    allauth puts the session of the token into the place of the cookie's. Without one,
    it answers 401 itself, and 410 if the session has ended.
    """

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(
            {"id": str(request.user.pk), "cookies": sorted(request.COOKIES)}
        )


me = Me.as_api_view(client=Client.APP)
