"""Have Django write the SQL of a query once for a process, and run it with new values.

Django writes the SQL of a query anew each time. In a login that took longer than the
database took to answer. The SQL itself never changes, only the values in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet, Value
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row", bound=Model)
Values = Mapping[str, object]
Params = tuple[Any, ...]
# Django's compiler, which is only copied, the SQL, and what goes into it.
Written = tuple[object, str, Params]


class Param(Value):
    """The place of a value in a query, by the name under which each run brings it.

    The field, of the same name where ``name`` says no other, fits it to the database.
    """

    def __init__(self, model: type[Model], field: str, name: str = "") -> None:
        output_field: Any = model._meta.get_field(field)
        super().__init__(name or field, output_field=output_field)

    def as_sql(self, compiler: object, connection: object) -> tuple[str, Any]:
        return "%s", [self]

    def fitted(self, values: Values, connection: BaseDatabaseWrapper) -> object:
        """Return this run's value as the database's driver takes it."""
        value = values[self.value]
        return self.output_field.get_db_prep_save(value, connection)


class Prepared(Generic[Row]):
    """A query with a ``Param`` wherever one run differs from the next.

    Of managers that are ours or allauth's. A project's own may ask who the request's
    tenant is, and the tenant of the first request would be that of all.
    """

    def __init__(self, make: Callable[[], QuerySet[Row]]) -> None:
        # Models are not complete yet when their modules are imported.
        self._queryset = cache(make)
        self._written: dict[tuple[str, ...], Written] = {}

    def rows(self, **values: object) -> list[Row]:
        """Return the rows of a SELECT with these values."""
        rows: Any = self._queryset().all()
        written, sql, params = self._sql(rows.query, rows.db)

        def compiler(using: str, *args: object, **kwargs: object) -> object:
            ready: Any = copy(written)
            ready.connection = connections[using]
            fitted = _fitted(params, values, ready.connection)
            ready.as_sql = lambda *args, **kwargs: (sql, fitted)
            return ready

        rows.query.get_compiler = compiler
        return list(rows)

    def update(self, changes: Values, **values: object) -> int:
        """Write the changes over the rows with these values; return how many it met."""
        rows = self._queryset()
        alias = router.db_for_write(rows.model)
        _, sql, params = self._sql(rows.query, alias, *changes)
        connection = connections[alias]
        fitted = _fitted(params, {**values, **changes}, connection)
        with (
            transaction.mark_for_rollback_on_error(using=alias),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, fitted)
            return int(cursor.rowcount)

    def _sql(self, query: Any, alias: str, *changed: str) -> Written:
        """Return the statement for a database, written by Django at its first use."""
        key = (alias, *changed)
        if key not in self._written:
            if changed:
                query = query.chain(UpdateQuery)
                query.add_update_values({n: Param(query.model, n) for n in changed})
                query.clear_select_clause()
            compiler = query.get_compiler(alias)
            sql, params = compiler.as_sql()
            compiler.connection = None  # which is one thread's, and closed some day
            self._written[key] = compiler, sql, params
        return self._written[key]


def _fitted(params: Params, values: Values, connection: BaseDatabaseWrapper) -> Params:
    return tuple(
        each.fitted(values, connection) if isinstance(each, Param) else each
        for each in params
    )
