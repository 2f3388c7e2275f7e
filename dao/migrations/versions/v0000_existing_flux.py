"""Make room: the tables of an existing Flux database are set aside under other names, with every row of them."""

from alembic import op

from dao.migrations.existing_flux import PREFIX, set_aside, tables_of

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    for name in tables_of(op.get_bind()):
        op.rename_table(name, f"{PREFIX}{name}")


def downgrade() -> None:
    """Take the step back."""
    for name in set_aside(op.get_bind()):
        op.rename_table(f"{PREFIX}{name}", name)
