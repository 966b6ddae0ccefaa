from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from ttminis_auth.simulator.gate import is_open


def check_simulator_is_closed_in_production(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    if is_open():
        return []
    return [
        Error(
            "The TikTok simulator is installed although DEBUG is off.",
            hint=(
                "Remove 'ttminis_auth.simulator' from INSTALLED_APPS, and its URLs, "
                "from the settings that production uses. Until then it answers 404."
            ),
            id="ttminis_auth.E090",
        )
    ]
