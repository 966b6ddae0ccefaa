"""Text columns that are compared exactly, whatever the database's collation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    # To the types it is nothing else, and mypy infers no types of a class of ours.
    ExactCharField = models.CharField
else:

    class ExactCharField(models.CharField):
        """A text that is compared exactly, whatever the collation of the database.

        MariaDB and MySQL compare without regard to case and accents unless they are
        told otherwise, and "utf8mb3" has no emoji. An ``open_id`` that differs by the
        case of a letter is another person, and so is a client key another app.
        """

        def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str]:
            exact = {"collation": "utf8mb4_bin"} if connection.vendor == "mysql" else {}
            return super().db_parameters(connection) | exact
