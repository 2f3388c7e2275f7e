"""How a conversation calls what a tool does, so that an effect found after a kill can be noted there as others are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("tool_calls", sa.Column("intent", sa.Text()))


def downgrade() -> None:
    """Take the step back."""
    with op.batch_alter_table("tool_calls") as calls:  # older SQLite cannot drop a column
        calls.drop_column("intent")
