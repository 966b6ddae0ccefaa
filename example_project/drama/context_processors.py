from django.conf import settings
from django.http import HttpRequest


def simulated(request: HttpRequest) -> dict[str, bool]:
    """Tell templates whether TikTok's control page exists."""
    return {"simulated": settings.SIMULATED}
