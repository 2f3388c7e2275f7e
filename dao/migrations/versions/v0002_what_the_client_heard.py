"""What the client measured of a turn, on its own clock."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("turns", sa.Column("client_voice_to_voice_ms", sa.Float()))


def downgrade() -> None:
    """Take the step back."""
    with op.batch_alter_table("turns") as turns:  # older SQLite cannot drop a column
        turns.drop_column("client_voice_to_voice_ms")
