from typing import Any

from django.conf import settings
from django.http import HttpRequest


def tiktok(request: HttpRequest) -> dict[str, Any]:
    """Tell templates which app the drama is, and whether TikTok is the simulated one.

    With one app alone, {% ttminis_sdk %} would find the client key by itself.
    """
    return {"drama_client_key": settings.CLIENT_KEY, "simulated": settings.SIMULATED}
