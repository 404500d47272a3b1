"""What the migrations share."""

from alembic import op


def run(script: str) -> None:
    """Run several statements in the migration's transaction; prepared ones, which Alembic uses, are one at a time."""
    connection = op.get_bind().connection.dbapi_connection
    if connection is None:
        raise RuntimeError("the migration has no connection")
    connection.run_async(lambda driver: driver.execute(script))
