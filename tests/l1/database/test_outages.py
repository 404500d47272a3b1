from uuid import uuid4

import asyncpg
import pytest

from l1.database.engine import Database, connect, is_outage
from l1.database.serial import StoredValueError, load
from l1.domain.errors import Unavailable
from l1.domain.session import Session
from l1.local_stack.processes import free_port


async def test_a_database_that_is_away_is_a_clear_error() -> None:
    database = Database(connect(f"postgresql://l1_app:x@127.0.0.1:{free_port()}/l1"))
    with pytest.raises(Unavailable, match="Try again"):
        async with database.account(uuid4()):
            pytest.fail("there is no database")
    await database.close()


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.TooManyConnectionsError("full"), True),
        (asyncpg.AdminShutdownError("stopping"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.UniqueViolationError("twice"), False),
        (asyncpg.UndefinedTableError("not migrated"), False),
        (ValueError(), False),
    ],
)
def test_an_outage_is_told_from_a_fault(error: Exception, *, outage: bool) -> None:
    assert is_outage(error) is outage


def test_what_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(StoredValueError) as error:
        load(Session, {"id": "Ada Byron's phone"})
    assert "Ada" not in str(error.value)
    assert error.value.__cause__ is None
