"""Figures that engineers read of many calls."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account


async def figures(account: Account, name: str, query: str = "") -> Any:
    return await account.get(f"/reports/{name}?{query}", role=Role.ENGINEER)


def at(ago: timedelta) -> str:
    return quote((datetime.now(UTC) - ago).isoformat())


async def test_a_flow_s_nodes_tell_how_often_they_were_walked_left_and_helped(
    account: Account, other_account: Account
) -> None:
    flow_id = await account.publish()
    helped = await account.take_call(flow_id)
    for answer in ("Again", "Yes", "It works"):
        helped = (await account.step(helped, answer)).json()
    await account.post(f"/sessions/{helped['id']}/resolve", {"helpful": True})
    escalated = await account.take_call(flow_id)
    escalated = (await account.step(escalated, "Yes")).json()
    await account.post(f"/sessions/{escalated['id']}/escalate", {"reason_category": "other"})
    await account.take_call(flow_id)
    await other_account.take_call()
    report = await figures(account, "flows")
    [flow] = report["flows"]
    nodes = {node.pop("node_id"): node for node in flow.pop("nodes")}
    assert flow == {
        "flow_id": flow_id,
        "flow_version": 1,
        "title": KEYBOARD["title"],
        "walked": 2,
        "left": 2,
        "helped": 1,
    }
    assert list(nodes) == ["n1", "n2", "fixed"]
    assert 0 <= nodes["n1"].pop("median_seconds") < 60
    assert nodes["n1"] == {
        "text": "Is Num Lock lit?",
        "walked": 2,
        "left": 0,
        "helped": 1,
        "answers": {"Yes": 2, "Again": 1},
    }
    assert (nodes["n2"]["walked"], nodes["n2"]["left"], nodes["n2"]["helped"]) == (2, 1, 1)
    assert nodes["n2"]["answers"] == {"It works": 1}
    assert nodes["fixed"] == {
        "text": "Num Lock turned letters into numbers.",
        "walked": 1,
        "left": 1,
        "helped": 1,
        "median_seconds": None,
        "answers": {},
    }


async def test_a_report_counts_the_calls_that_began_in_its_time(account: Account) -> None:
    flow_id = await account.publish()
    other_flow = await account.publish(KEYBOARD | {"id": "another", "title": "Another"})
    await account.step(await account.take_call(flow_id), "Yes")
    minute = timedelta(minutes=1)
    assert [flow["flow_id"] for flow in (await figures(account, "flows"))["flows"]] == [flow_id]
    for query, walked in (
        (f"flow_id={flow_id}", [flow_id]),
        (f"flow_id={other_flow}", []),
        (f"since={at(minute)}", [flow_id]),
        (f"until={at(minute)}", []),
        (f"since={at(timedelta(days=399))}", [flow_id]),
    ):
        assert [flow["flow_id"] for flow in (await figures(account, "flows", query))["flows"]] == walked


async def test_without_calls_there_is_nothing_to_tell(account: Account) -> None:
    assert (await figures(account, "flows"))["flows"] == []


@pytest.mark.parametrize(
    "query",
    [
        f"since={at(timedelta(days=401))}",
        f"since={at(timedelta(0))}&until={at(timedelta(days=1))}",
        f"since={at(timedelta(days=-1))}",
        "until=0001-01-02T00:00:00Z",
        "since=9999-12-31T23:59:59Z",
        "since=2026-11-01T00:00:00",
        "since=yesterday",
        "days=3",
    ],
    # The times are of the process that collects the test: in its name, each of several would have another one.
    ids=["too long", "turned round", "to come", "first day", "last day", "without a zone", "no time", "unknown"],
)
@pytest.mark.parametrize("name", ["flows"])
async def test_a_time_that_cannot_be_is_refused(account: Account, name: str, query: str) -> None:
    response = await account.request("GET", f"/reports/{name}?{query}", role=Role.ENGINEER)
    assert response.status_code == 422, response.text


@pytest.mark.parametrize("name", ["flows"])
async def test_engineers_read_reports_and_technicians_do_not(account: Account, name: str) -> None:
    assert (await account.request("GET", f"/reports/{name}")).status_code == 403
    assert (await account.request("GET", f"/reports/{name}", role=Role.OWNER)).status_code == 200
