from django.apps import AppConfig


class DramaConfig(AppConfig):
    name = "drama"

    def ready(self) -> None:
        from drama import signals  # noqa: F401 - connects on import
