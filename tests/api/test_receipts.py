"""Commands that no worker answers in time: accepted, and applied exactly once when a worker is back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from api.calls import MOST_PENDING_INTAKES
from l1.domain.roles import Role
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually


@asynccontextmanager
async def stopped_worker(stack: Stack) -> AsyncIterator[None]:
    """Freeze the worker, as a machine does that is out of memory; it goes on where it was."""
    pid = stack.worker.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        await eventually(stack.is_ready, within=60)


def assert_accepted(response: httpx.Response) -> Any:
    assert response.status_code == 202, response.text
    answer = response.json()
    assert answer["status"] == "pending"
    assert UUID(answer["command_id"])
    assert answer["receipt"] == f"/l1/sessions/{answer['session_id']}/commands/{answer['command_id']}"
    assert response.headers["location"] == answer["receipt"]
    assert int(response.headers["retry-after"]) >= 1
    return answer


async def settled(account: Account, answer: Any) -> Any:
    """Wait until the receipt of an accepted command tells how it went."""

    async def look() -> Any:
        receipt = await account.get(answer["receipt"].removeprefix("/l1"))
        return None if receipt["status"] == "pending" else receipt

    return await eventually(look, within=60)


async def test_what_no_worker_answers_is_accepted_and_applied_once(
    stack: Stack, account: Account, other_account: Account
) -> None:
    flow_id = await account.publish()
    session = await account.take_call(flow_id)
    path = f"/sessions/{session['id']}"
    intake = {"problem_statement": "Keys are odd", "flow_id": flow_id}
    step = {"node_id": "n1", "answer": "Yes"}
    loop = asyncio.get_running_loop()
    async with stopped_worker(stack):
        began = loop.time()
        taking, stepping, noting = map(
            assert_accepted,
            await asyncio.gather(
                account.request("POST", "/intake", intake, Idempotency_Key="intake"),
                account.request("POST", f"{path}/step", step, Idempotency_Key="step"),
                account.request("POST", f"{path}/notes", {"notes": [{"text": "Since Monday."}]}),
            ),
        )
        assert 1.5 < loop.time() - began < 8
        assert stepping["session_id"] == session["id"]
        for answer, kind in ((taking, "intake"), (stepping, "step"), (noting, "note")):
            receipt = await account.get(answer["receipt"].removeprefix("/l1"))
            assert receipt["status"] == "pending"
            assert receipt["kind"] == kind
            assert (receipt["problem"], receipt["intake"], receipt["session"]) == (None, None, None)
            address = answer["receipt"].removeprefix("/l1")
            assert (await other_account.request("GET", address)).status_code == 404
            assert (await account.request("GET", address, role=Role.ADMIN)).status_code == 200
        again = await account.request("POST", f"{path}/step", step, Idempotency_Key="step")
        assert assert_accepted(again) == stepping
        other_body = await account.request("POST", f"{path}/step", step | {"note": "x"}, Idempotency_Key="step")
        assert other_body.json()["code"] == "idempotency_key_reused"
        assert await account.get(path) == session
    receipt = await settled(account, stepping)
    assert receipt["status"] == "applied"
    assert receipt["session"]["current_node_id"] == "n2"
    final = await account.request("POST", f"{path}/step", step, Idempotency_Key="step")
    assert final.status_code == 200
    assert final.json() == receipt["session"]
    assert (await settled(account, noting))["session"]["walk_notes"][0]["text"] == "Since Monday."
    now = await account.get(path)
    assert (len(now["walked_path"]), len(now["walk_notes"]), now["revision"]) == (1, 1, 3)

    taken = await settled(account, taking)
    assert taken["intake"]["outcome"] == "matched"
    assert taken["session"]["id"] == taking["session_id"]
    assert await account.post("/intake", intake, Idempotency_Key="intake") == taken["intake"]
    assert len(await account.get("/queue")) == 2


async def test_a_rejected_command_says_why_in_its_receipt(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    async with stopped_worker(stack):
        answer = assert_accepted(await account.step(session | {"current_node_id": "n2"}, "It works"))
    receipt = await settled(account, answer)
    assert receipt["status"] == "rejected"
    assert receipt["problem"]["code"] == "stale_step"
    assert receipt["problem"]["current_node"]["id"] == "n1"
    assert receipt["session"] is None


async def test_lists_and_closed_calls_are_read_without_a_worker(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    async with stopped_worker(stack):
        assert await account.get(f"/sessions/{session['id']}") == session
        assert len(await account.get("/queue")) == 1
        assert len(await account.get("/sessions/active")) == 1


async def test_a_receipt_that_was_never_written_is_not_found(account: Account) -> None:
    session = await account.take_call()
    for path in (f"/sessions/{session['id']}/commands/{uuid4()}", f"/sessions/{uuid4()}/commands/{uuid4()}"):
        assert (await account.request("GET", path)).status_code == 404


async def test_a_settled_command_has_a_receipt_with_the_session_as_it_left_it(account: Account) -> None:
    session = await account.take_call()
    first = (await account.step(session, "Again", Idempotency_Key="k")).json()
    await account.step(first, "Again")
    async with account.stack.database.account(account.id) as connection:
        rows = await connection.exec_driver_sql(f"SELECT command_id FROM receipts WHERE session_id = '{session['id']}'")  # noqa: S608 - an id
        ids = [row.command_id for row in rows]
    receipts = [await account.get(f"/sessions/{session['id']}/commands/{id_}") for id_ in ids]
    by_revision = {receipt["session"]["revision"]: receipt for receipt in receipts}
    assert by_revision[1]["kind"] == "intake"
    assert by_revision[1]["intake"]["session"] == by_revision[1]["session"] == session
    assert by_revision[2]["session"] == first
    assert by_revision[3]["kind"] == "step"


async def test_a_call_whose_intake_is_pending_exists_and_takes_commands(
    stack: Stack, account: Account, other_account: Account
) -> None:
    body = {"problem_statement": "Keys are odd", "flow_id": await account.publish()}
    async with stopped_worker(stack):
        taken = assert_accepted(await account.request("POST", "/intake", body))
        path = f"/sessions/{taken['session_id']}"
        assert assert_accepted(await account.request("GET", path))["command_id"] == taken["command_id"]
        step = assert_accepted(await account.request("POST", f"{path}/step", {"node_id": "n1", "answer": "Yes"}))
        note = assert_accepted(await account.request("POST", f"{path}/notes", {"notes": [{"text": "Is in a hurry"}]}))
        assert (await other_account.request("GET", path)).status_code == 404
        assert (
            await other_account.request("POST", f"{path}/step", {"node_id": "n1", "answer": "Yes"})
        ).status_code == 404
    for each in (taken, step, note):
        assert (await settled(account, each))["status"] == "applied"
    session = await account.get(path)
    assert [entry["answer"] for entry in session["walked_path"]] == ["Yes"]
    assert [noted["text"] for noted in session["walk_notes"]] == ["Is in a hurry"]


async def test_an_account_with_many_pending_intakes_takes_no_more_and_another_one_does(
    stack: Stack, account: Account, other_account: Account
) -> None:
    async with stack.database.account(account.id) as connection:
        await connection.execute(
            text(
                "INSERT INTO receipts (session_id, command_id, account_id, kind, status) SELECT gen_random_uuid(),"
                " gen_random_uuid(), :account, 'intake', 'pending' FROM generate_series(1, :many)"
            ),
            {"account": account.id, "many": MOST_PENDING_INTAKES},
        )
    body = {"problem_statement": "The printer shows as offline"}
    refused = await account.request("POST", "/intake", body)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert int(refused.headers["retry-after"]) >= 1
    assert (await other_account.request("POST", "/intake", body)).status_code == 200
    async with stack.database.account(account.id) as connection:
        await connection.execute(text("UPDATE receipts SET status = 'applied', settled_at = now()"))
    assert (await account.request("POST", "/intake", body)).status_code == 200
