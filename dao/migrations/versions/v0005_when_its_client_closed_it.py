"""When the client of a conversation closed its session, which is not when its call ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("conversations", sa.Column("closed_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take the step back."""
    with op.batch_alter_table("conversations") as conversations:  # older SQLite cannot drop a column
        conversations.drop_column("closed_at")
