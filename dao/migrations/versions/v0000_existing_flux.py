"""Make room: the tables of an existing Flux database are set aside under other names, with every row of them."""

from alembic import op

from dao.migrations.existing_flux import PREFIX, set_aside, tables_of
from dao.migrations.old_names import give_names_back, set_names_aside

revision = "0000"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    tables = tables_of(op.get_bind())
    for name in tables:
        op.rename_table(name, f"{PREFIX}{name}")
    set_names_aside(op.get_bind(), [f"{PREFIX}{name}" for name in tables])


def downgrade() -> None:
    """Take the step back."""
    tables = set_aside(op.get_bind())
    for name in tables:
        op.rename_table(f"{PREFIX}{name}", name)
    give_names_back(op.get_bind(), tables)
