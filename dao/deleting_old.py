"""Deletes what a Flux database that was taken over still has in the tables that were set aside."""

from collections.abc import Callable, Collection
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dao.migrations.existing_flux import NAMES, PREFIX, identity, set_aside
from dao.migrations.take_over import TENANT

_AT_ONCE: Final = 500


def delete_old_conversations(connection: sa.Connection, tenant: str, conversations: Collection[UUID]) -> int:
    """Delete these conversations and their messages; return how many rows there were."""
    return _delete(
        connection,
        tenant,
        {"messages": "conversation_id", "conversations": "id"},
        lambda key: identity("conversations", key) in conversations,
    )


def delete_old_user(connection: sa.Connection, tenant: str, user_id: UUID) -> int:
    """Delete a user with goals and tasks, the conversations being gone; return how many rows there were."""
    return _delete(
        connection,
        tenant,
        {"tasks": "user_id", "goals": "user_id", "users": "id"},
        lambda key: identity("users", key) == user_id,
    )


def _delete(connection: sa.Connection, tenant: str, columns: dict[str, str], meant: Callable[[Any], bool]) -> int:
    """Delete the rows whose column has a key that is meant; keys are compared as ours, for they may be no UUIDs."""
    there = set_aside(connection) if tenant == TENANT else []
    count = 0
    for table, column in columns.items():
        if table not in there:
            continue
        names = {one["name"] for one in sa.inspect(connection).get_columns(f"{PREFIX}{table}")}
        name = next((name for name in NAMES[table].get(column, (column,)) if name in names), None)
        if name is None:
            continue
        key: sa.ColumnClause[Any] = sa.column(name)  # without a type: it is whatever that database made it
        old = sa.table(f"{PREFIX}{table}", key)
        keys = [one for one in connection.scalars(sa.select(key).distinct()) if one is not None and meant(one)]
        for start in range(0, len(keys), _AT_ONCE):
            count += connection.execute(sa.delete(old).where(key.in_(keys[start : start + _AT_ONCE]))).rowcount
    return count
