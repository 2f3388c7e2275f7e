"""Receipts of what was deleted, the conversations that must not come back, and the order in which owners look."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("deletions", "deleted_conversations")
LATEST = {"conversations": "started_at", "goals": "created_at", "tasks": "created_at"}


def upgrade() -> None:
    """Apply the step."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "deletions",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("deleted_at", instant, nullable=False),
        sa.Column("deleted_by", sa.String(64), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_deletions"),
    )
    op.create_index("ix_deletions_subject", "deletions", ["tenant_id", "subject_id", "deleted_at"])
    op.create_table(
        "deleted_conversations",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deletion_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_deleted_conversations"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "deletion_id"],
            ["deletions.tenant_id", "deletions.id"],
            name="fk_deleted_conversations_deletion_id",
        ),
    )
    for table, column in LATEST.items():
        op.create_index(f"ix_{table}_latest", table, ["tenant_id", column, "id"])
    if _has_row_security(op.get_bind()):
        # As in step 0003: a hosted database serves its tables to the internet.
        for name in TABLES:
            op.execute(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')


def downgrade() -> None:
    """Take the step back."""
    for table in LATEST:
        op.drop_index(f"ix_{table}_latest", table)
    op.drop_table("deleted_conversations")
    op.drop_index("ix_deletions_subject", "deletions")
    op.drop_table("deletions")


def _has_row_security(connection: sa.Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    return bool(
        connection.scalar(sa.text("SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass('conversations')"))
    )
