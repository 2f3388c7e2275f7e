"""Names of indexes that both an existing Flux database and ours may have.

A table that is set aside keeps its indexes and their names, which are unique beside those of all other tables.
"""

import re
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from dao.migrations.existing_flux import PREFIX

OURS: Final = (
    "ix_users_phone",
    "ix_goals_user",
    "ix_tasks_user",
    "ix_tasks_goal",
    "ix_conversations_user",
    "ix_conversations_voice_session",
    "ix_messages_conversation",
    *(f"pk_{table}" for table in ("users", "goals", "tasks", "task_reschedules", "conversations", "messages")),
    *("pk_tool_calls", "pk_turns", "uq_tool_calls_call", "uq_turns_index"),
    *("ix_goals_latest", "ix_tasks_latest", "ix_conversations_latest"),
    *("pk_deletions", "pk_deleted_conversations", "ix_deletions_subject"),
    *("ix_conversations_linked_goal", "ix_conversations_linked_task"),
    *("uq_goals_origin", "uq_tasks_origin", "uq_task_reschedules_origin", "uq_task_reschedules_position"),
)
"""The names that the next steps give; on PostgreSQL a key has an index of its name too."""


def set_names_aside(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Give the indexes of old tables that bear a name of ours another one."""
    for name in _indexes(connection, tables):
        if name.lower() in OURS:  # SQLite does not tell small letters from large ones
            _rename(connection, name, f"{PREFIX}{name}")


def give_names_back(connection: sa.Connection, tables: Sequence[str]) -> None:
    """Give the indexes of old tables the names that they had."""
    for name in _indexes(connection, tables):
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() in OURS:
            _rename(connection, name, name.removeprefix(PREFIX))


def _indexes(connection: sa.Connection, tables: Sequence[str]) -> Sequence[str]:
    if connection.dialect.name == "postgresql":
        asked = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename IN :tables"
    else:  # the index of a key has no name there that could clash
        asked = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN :tables"
    statement = sa.text(asked).bindparams(sa.bindparam("tables", type_=sa.String, expanding=True))
    return list(connection.scalars(statement, {"tables": list(tables)}))


def _rename(connection: sa.Connection, name: str, new: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f'ALTER INDEX "{name}" RENAME TO "{new}"'))
        return
    made = connection.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
    # As SQLite keeps it, the name comes next, quoted or not.
    again = re.sub(rf'^(CREATE (?:UNIQUE )?INDEX )["`\[]?{name}["`\]]?', rf'\1"{new}" ', str(made))
    connection.exec_driver_sql(f'DROP INDEX "{name}"')
    connection.exec_driver_sql(again)
