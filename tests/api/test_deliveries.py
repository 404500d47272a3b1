"""Deliveries on the real stack, to receivers that fail, hang, redirect, go, and answer late."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from typing import Any

import pytest

from l1.domain.naming import deliver_workflow_id
from l1.domain.roles import Role
from l1.local_stack.processes import log_file_of
from tests.accounts import Account
from tests.receivers import Behave, Post, Receiver, Reply, answer, hang, receiver, take
from tests.stack import Stack
from tests.waiting import eventually


async def target(account: Account, to: Receiver, **fields: Any) -> str:
    body = {"kind": "webhook", "name": "A webhook", "url": to.url, **fields}
    made = await account.post("/targets", body, role=Role.OWNER)
    return str(made["id"])


async def escalated(account: Account) -> Any:
    session = await account.take_call()
    return await account.post(f"/sessions/{session['id']}/escalate", {"reason_category": "needs_engineer"})


async def delivery(account: Account, status: str, *, with_fault: bool = False) -> Any:
    """Wait for the account's one delivery of a status."""

    async def found() -> Any:
        rows = await account.get(f"/deliveries?status={status}", role=Role.OWNER)
        return [row for row in rows if not with_fault or row["fault"]]

    [row] = await eventually(found)
    return row


def failing_until(number: int, status: int) -> Behave:
    """Fail all posts before the `number`-th."""

    async def behave(post: Post) -> Reply:
        return Reply(status if post.number < number else 204)

    return behave


async def test_a_receiver_that_fails_is_tried_again_with_the_same_id(account: Account) -> None:
    async with receiver(failing_until(3, 503)) as hook:
        await target(account, hook)
        session = await escalated(account)
        found = await delivery(account, "delivered")
    assert [post.headers["webhook-id"] for post in hook.posts] == [found["id"]] * 3
    assert len({post.body for post in hook.posts}) == 1
    assert (found["attempts"], found["fault"], found["event"]) == (3, None, "escalated")
    assert (found["session_id"], found["ticket_number"]) == (session["id"], session["ticket_number"])


async def test_a_call_that_is_handed_over_without_a_walk_is_told_as_escalated(account: Account) -> None:
    async with receiver() as hook:
        await target(account, hook, events=["escalated"])
        await account.post("/escalate-without-walk", {"problem_statement": "Fire", "reason_category": "safety"})
        assert (await delivery(account, "delivered"))["event"] == "escalated"
    assert b'"type":"call.escalated"' in hook.posts[0].body


async def test_a_receiver_that_hangs_holds_up_neither_the_walk_nor_other_targets(account: Account) -> None:
    async with receiver(hang) as hangs, receiver() as hook:
        await target(account, hangs)
        await target(account, hook)
        began = time.monotonic()
        sessions = [await escalated(account) for _ in range(3)]

        async def all_came() -> bool:
            return len(hook.posts) == len(sessions)

        await eventually(all_came, within=8)
        assert time.monotonic() - began < 8  # the first attempt at the one that hangs is still under way
        assert len(hangs.posts) == 3
        pending = await account.get("/deliveries?status=pending", role=Role.OWNER)
        assert [row["attempts"] for row in pending] == [1, 1, 1]


async def test_no_log_and_no_list_has_the_address_of_a_target(account: Account, stack: Stack) -> None:
    async with receiver(answer(500)) as hook:
        await target(account, replace(hook, path="/QuxHookSecret"), kind="slack")
        await target(account, Receiver(1, path="/QuxHookSecret"), kind="teams")
        await escalated(account)

        async def both_have_failed() -> bool:
            rows = await account.get("/deliveries?status=pending", role=Role.OWNER)
            return len([row for row in rows if row["fault"]]) == 2

        await eventually(both_have_failed)
        assert hook.posts
        shown = [await account.get(path, role=Role.OWNER) for path in ("/targets", "/deliveries")]
        assert "Qux" not in str(shown)
    for name in ("api", "worker", "temporal", "postgresql"):
        assert "QuxHookSecret" not in log_file_of(stack.settings.data_dir, name).read_text(), name


async def test_a_redirect_is_not_followed(account: Account) -> None:
    async with receiver() as inside, receiver(answer(307, Location=inside.url)) as hook:
        await target(account, hook)
        await escalated(account)
        found = await delivery(account, "pending", with_fault=True)
        assert found["fault"] == "the receiver answered 307"
        assert not inside.posts


async def test_a_late_answer_counts(account: Account) -> None:
    async def late(_post: Post) -> Reply:
        await asyncio.sleep(1)
        return Reply(202)

    async with receiver(late) as hook:
        await target(account, hook)
        await escalated(account)
        assert (await delivery(account, "delivered"))["attempts"] == 1
        assert len(hook.posts) == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more(account: Account) -> None:
    async with receiver(answer(410)) as hook:
        await target(account, hook)
        await escalated(account)
        found = await delivery(account, "failed")
        assert found["attempts"] == 1
        [gone] = await account.get("/targets", role=Role.OWNER)
        assert gone["disabled_at"] is not None
        assert "410" in gone["disabled_because"]
        await escalated(account)
        assert len(await account.get("/deliveries", role=Role.OWNER)) == 1
        again = await account.request("POST", f"/deliveries/{found['id']}/retry", role=Role.OWNER)
        assert (again.status_code, again.json()["code"]) == (409, "not_to_be_retried")
        assert len(hook.posts) == 1


async def test_what_has_arrived_is_not_sent_again_by_hand(account: Account) -> None:
    async with receiver() as hook:
        await target(account, hook)
        await escalated(account)
        found = await delivery(account, "delivered")
        again = await account.request("POST", f"/deliveries/{found['id']}/retry", role=Role.OWNER)
        assert (again.status_code, again.json()["code"]) == (409, "not_to_be_retried")


async def test_a_killed_worker_loses_no_delivery_and_repeats_none_under_another_id(
    account: Account, stack: Stack
) -> None:
    async with receiver(hang) as hook:
        await target(account, hook)
        await escalated(account)

        async def came() -> bool:
            return bool(hook.posts)

        await eventually(came)
        os.kill(stack.worker.pid, signal.SIGKILL)
        hook.behave = take
        found = await delivery_after_a_crash(account)
    assert {post.headers["webhook-id"] for post in hook.posts} == {found["id"]}
    assert 2 <= len(hook.posts) <= 3
    handle = stack.client.get_workflow_handle(deliver_workflow_id(found["session_id"]))
    assert await asyncio.wait_for(handle.result(), 10) is None


async def delivery_after_a_crash(account: Account) -> Any:
    async def found() -> Any:
        return await account.get("/deliveries?status=delivered", role=Role.OWNER)

    [row] = await eventually(found, within=60)
    return row


async def test_in_an_account_without_targets_nothing_is_queued_and_nothing_is_started(
    account: Account, stack: Stack
) -> None:
    session = await escalated(account)
    assert await account.get("/deliveries", role=Role.OWNER) == []
    with pytest.raises(Exception, match="not found"):
        await stack.client.get_workflow_handle(deliver_workflow_id(session["id"])).describe()


async def test_deliveries_are_listed_page_by_page(account: Account) -> None:
    async with receiver() as hook:
        await target(account, hook)
        for _ in range(3):
            await escalated(account)
        first = await account.request("GET", "/deliveries?limit=2", role=Role.OWNER)
        assert (len(first.json()), first.headers["X-Total-Count"]) == (2, "3")
        rest = await account.request("GET", first.links["next"]["url"].removeprefix("/l1"), role=Role.OWNER)
        ids = [row["id"] for row in [*first.json(), *rest.json()]]
        assert len(set(ids)) == 3
        assert "next" not in rest.links
