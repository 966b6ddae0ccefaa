import logging
from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error

from ttminis_auth.simulator.gate import is_open

logger = logging.getLogger("ttminis_auth.simulator")


def check_simulator_is_in_use(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if is_open():
        return []
    return [
        Error(
            "The TikTok simulator is installed and closed: it answers 404.",
            hint=(
                "For development, set TTMINIS_SIMULATOR_OPEN = True. Remove "
                "'ttminis_auth.simulator' from INSTALLED_APPS, and its URLs, from the "
                "settings that production uses."
            ),
            id="ttminis_auth.E090",
        )
    ]


def check_simulator_is_closed_in_production(
    app_configs: Sequence[AppConfig] | None, **kwargs: object
) -> list[CheckMessage]:
    if not is_open():
        return []
    return [
        Error(
            "The TikTok simulator is open: every visitor can log in as any user.",
            hint=(
                "Remove TTMINIS_SIMULATOR_OPEN, and 'ttminis_auth.simulator' from "
                "INSTALLED_APPS, from the settings that production uses."
            ),
            id="ttminis_auth.E091",
        )
    ]


def warn_if_open_in_production() -> None:
    """Log at start-up what no check says: a WSGI or ASGI process runs none."""
    if is_open() and not settings.DEBUG:
        logger.critical(
            "The TikTok simulator is open and DEBUG is off: every visitor can log in "
            "as any user. Remove TTMINIS_SIMULATOR_OPEN from production's settings."
        )
