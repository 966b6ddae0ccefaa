from django.apps import AppConfig
from django.core.checks import register


class SimulatorConfig(AppConfig):
    name = "ttminis_auth.simulator"
    label = "ttminis_simulator"
    verbose_name = "TikTok simulator"

    def ready(self) -> None:
        from ttminis_auth.simulator.checks import (
            check_simulator_is_closed_in_production,
        )

        register(check_simulator_is_closed_in_production)
