"""Whole dialogs, each one call: taken, walked to its end, and found so in the database."""

from pathlib import Path

import pytest

from bench.charts import read_data
from bench.flodial import BUILT_IN
from bench.play import play_all
from bench.rest import Rest
from l1.domain.roles import Role
from tests.accounts import Account

_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Lies beside the checkout where the project is developed; its users do not have it."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "folder",
    [
        pytest.param(BUILT_IN, id="built-in"),
        pytest.param(
            _SHARED,
            id="flodial",
            marks=pytest.mark.skipif(not (_SHARED / "flodial").is_dir(), reason="the data set is not here"),
        ),
    ],
)
async def test_every_dialog_reaches_its_end_and_leaves_its_own_path_in_the_database(
    account: Account, folder: Path
) -> None:
    technician, engineer = (account.stack.token(role, account.id) for role in (Role.L1, Role.ENGINEER))
    data = read_data(folder)
    outcome = await play_all(Rest(account.http, technician=technician, engineer=engineer), data, concurrency=8)
    assert outcome.unplayable == {}
    assert outcome.faults == []
    assert len(outcome.walked) == len(data.dialogs)
    assert all(walk.started and walk.reached and walk.same_path for walk in outcome.walked)
