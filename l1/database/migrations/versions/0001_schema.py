"""The whole schema; its text stands in l1.database.migrations.schema."""

from l1.database.migrations.schema import SCRIPTS
from l1.database.migrations.script import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for script in SCRIPTS:
        run(script)
