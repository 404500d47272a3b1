"""What an account decides stays decided until it decides otherwise."""

from uuid import UUID, uuid4

import pytest

from l1.database.policies import Policies
from tests.l1.database.conftest import Quiet


@pytest.fixture
def policies(quiet: Quiet) -> Policies:
    return Policies(quiet.database)


async def walks_proposals(policies: Policies, account_id: UUID) -> bool | None:
    return (await policies.read(account_id)).walk_proposals


async def test_proposals_are_not_walked_before_an_account_says_so(policies: Policies) -> None:
    account_id = uuid4()
    assert await walks_proposals(policies, account_id) is False
    await policies.change(account_id, {"stall_after": 600.0})
    assert await walks_proposals(policies, account_id) is False
    await policies.change(account_id, {"stall_after": 600.0, "walk_proposals": True})
    assert await walks_proposals(policies, account_id) is True
    assert await walks_proposals(policies, uuid4()) is False


async def test_a_decision_that_does_not_speak_of_proposals_leaves_them_as_they_are(policies: Policies) -> None:
    account_id = uuid4()
    await policies.change(account_id, {"walk_proposals": True})
    await policies.change(account_id, {"stall_after": 900.0})
    read = await policies.read(account_id)
    assert (read.stall_after, read.walk_proposals) == (900.0, True)
    await policies.change(account_id, {"stall_after": None, "walk_proposals": False})
    read = await policies.read(account_id)
    assert (read.stall_after, read.walk_proposals) == (None, False)
