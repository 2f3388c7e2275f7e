"""Brings the tables of an existing Flux database up to date with ours, before they get their names back."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from alembic.util.exc import CommandError

from dao.migrations.existing_flux import NAMES, PREFIX, identity, set_aside
from dao.migrations.flux_values import instant
from dao.migrations.our_tables import TABLES
from dao.migrations.take_over import convert

_NEVER_CHANGE: Final = ("created_at", "started_at")


def give_back(connection: sa.Connection) -> None:
    """Write into the old tables what was added and changed since, as far as they have columns for it.

    Raises `CommandError` when new rows cannot be kept there, for their ids are UUIDs and the table's are not.
    """
    for name in set_aside(connection):
        _table(connection, name)


def _table(connection: sa.Connection, name: str) -> None:
    old = sa.Table(f"{PREFIX}{name}", sa.MetaData(), autoload_with=connection)
    columns = {ours: there for ours, names in NAMES[name].items() if (there := _first(names, old)) is not None}
    its_id: sa.ColumnClause[Any] = sa.column("id")  # without the type that a database made up for it
    keys = {identity(name, key): key for key in connection.scalars(sa.select(its_id).select_from(old))}
    now = datetime.now(UTC)
    for row in connection.execute(sa.select(TABLES[name])).mappings().all():
        key = keys.get(row["id"])
        if key is None:
            _add(connection, old, {"id": row["id"]} | {there: row[ours] for ours, there in columns.items()})
            continue
        kept = connection.execute(sa.select(sa.text("*")).select_from(old).where(its_id == key)).mappings().one()
        was = convert(name, dict(kept), now)
        changed = {
            there: row[ours]
            for ours, there in columns.items()
            if ours not in _NEVER_CHANGE and _same(row[ours]) != _same(was[ours])
        }
        if changed:
            connection.execute(sa.update(old).where(its_id == key).values(_fit(old, changed)))


def _add(connection: sa.Connection, old: sa.Table, values: Mapping[str, Any]) -> None:
    if isinstance(old.c["id"].type, sa.Integer):
        raise CommandError(f"{old.name} counts its rows, so what was added since cannot go back into it")
    connection.execute(sa.insert(old).values(_fit(old, values)))


def _first(names: Sequence[str], old: sa.Table) -> str | None:
    return next((name for name in names if name in old.c), None)


def _fit(old: sa.Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give each value in the form of its column."""
    return {name: _as(old.c[name].type, value) for name, value in values.items()}


def _as(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if isinstance(value, UUID):
        return value if isinstance(kind, sa.Uuid) else str(value)
    if isinstance(value, datetime):
        at = instant(value) or value
        if isinstance(kind, sa.DateTime):
            return at if kind.timezone else at.replace(tzinfo=None)
        return at.date() if isinstance(kind, sa.Date) else at.isoformat()
    if isinstance(value, dict):
        return value if isinstance(kind, sa.JSON) else json.dumps(value)
    if isinstance(value, float) and isinstance(kind, sa.Integer):
        return round(value)
    return value


def _same(value: Any) -> Any:
    """Make values comparable that differ only in how a database reads them."""
    return instant(value) if isinstance(value, datetime) else value
