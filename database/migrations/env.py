"""Run by Alembic inside `database.migrate`, which hands over its connection."""

from alembic import context

from database.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
