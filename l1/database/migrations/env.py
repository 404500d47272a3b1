"""Run by Alembic inside `l1.database.migrate`, which hands over its connection."""

from alembic import context

from l1.database.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
