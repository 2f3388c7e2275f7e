"""Alembic's entry: runs the revisions on the connection that `migrate` opened."""

from alembic import context

from dao.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    # SQLite cannot alter most of a table: Alembic then builds it anew.
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
