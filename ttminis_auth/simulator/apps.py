from django.apps import AppConfig
from django.core.checks import Tags, register


class SimulatorConfig(AppConfig):
    name = "ttminis_auth.simulator"
    label = "ttminis_simulator"
    verbose_name = "TikTok simulator"

    def ready(self) -> None:
        from ttminis_auth.simulator import checks

        register(checks.check_simulator_is_in_use)
        register(
            checks.check_simulator_is_closed_in_production, Tags.security, deploy=True
        )
        checks.warn_if_open_in_production()
