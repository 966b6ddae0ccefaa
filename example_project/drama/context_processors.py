from typing import Any

from django.conf import settings
from django.http import HttpRequest


def tiktok(request: HttpRequest) -> dict[str, Any]:
    """Add the drama's client key, and whether TikTok is simulated.

    With only one app, {% ttminis_sdk %} would find the client key by itself.
    """
    return {"drama_client_key": settings.CLIENT_KEY, "simulated": settings.SIMULATED}
