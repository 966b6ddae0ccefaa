"""The same as ``manage.py ttminis_refresh``, for sites with a worker.

    from ttminis_auth.tasks import refresh_tokens
    refresh_tokens.enqueue()

Nothing else of the package imports this module, so that no project needs a worker.
"""

from __future__ import annotations

from datetime import timedelta

from .tokens import refresh_all

try:
    from django.tasks import task
except ImportError:
    try:
        from django_tasks import task  # type: ignore[no-redef]
    except ImportError as error:
        # Chained: it may be there, and something that it imports may not.
        raise ImportError(
            "ttminis_auth.tasks needs Django 6.0 or newer, or django-tasks: "
            'pip install "django-ttminis-auth[tasks]"'
        ) from error


class SomeLeft(Exception):
    """Not all that was due could be renewed; the text says how many."""


@task
def refresh_tokens(
    within_minutes: int = 15,
    limit: int | None = None,
    workers: int = refresh_all.WORKERS,
) -> dict[str, object]:
    """Renew what expires within so many minutes, and return the report.

    Raises SomeLeft, so that the result is a failure, where the command's exit code
    would not be 0.
    """
    within = timedelta(minutes=within_minutes)
    report = refresh_all.refresh_due(within, limit=limit, workers=workers)
    if not report.is_clean:
        raise SomeLeft(str(report))
    return report.as_dict()
