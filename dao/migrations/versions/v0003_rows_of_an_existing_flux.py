"""Every row of an existing Flux database, kept as one of ours; nothing where there is none."""

import sqlalchemy as sa
from alembic import context, op

from dao.migrations.existing_flux import PREFIX, set_aside
from dao.migrations.give_back import give_back
from dao.migrations.take_over import TAKEN, take_over

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("users", "goals", "tasks", "task_reschedules", "conversations", "messages", "tool_calls", "turns")


def upgrade() -> None:
    """Apply the step."""
    connection = op.get_bind()
    if "conversations" not in set_aside(connection):
        return
    context.config.attributes[TAKEN] = take_over(connection)
    if _has_row_security(connection):
        # A hosted database serves its tables to the internet: ours are no more open than those were.
        for name in (*TABLES, "alembic_version"):
            op.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')


def downgrade() -> None:
    """Take the step back."""
    connection = op.get_bind()
    if "conversations" in set_aside(connection):
        give_back(connection)


def _has_row_security(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    asked = sa.text("SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(:name)")
    return bool(connection.scalar(asked, {"name": f"{PREFIX}conversations"}))
