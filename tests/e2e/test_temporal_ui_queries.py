"""The queries in docs/temporal-ui.md work as they stand."""

import re
from pathlib import Path
from uuid import UUID

import pytest

import l1
from l1.domain.naming import walk_workflow_id
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually

PAGE = (Path(l1.__file__).parents[1] / "docs" / "temporal-ui.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)\n```", PAGE)
EXAMPLE_ACCOUNT = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_of_the_page_is_one(stack: Stack, query: str) -> None:
    assert (await stack.client.count_workflows(query)).count >= 0


async def test_the_query_of_one_account_finds_its_calls(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    [query] = [query for query in QUERIES if EXAMPLE_ACCOUNT in query]

    async def found() -> list[str]:
        return [walk.id async for walk in stack.client.list_workflows(query.replace(EXAMPLE_ACCOUNT, str(account.id)))]

    assert await eventually(found) == [walk_workflow_id(UUID(session["id"]))]
