"""Walks moved, asked and stopped by hand, with the Temporal command line."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import CancelledError

from l1.database.records import Records
from l1.domain.events import Event, Rejected
from l1.domain.naming import walk_workflow_id
from l1.local_stack.temporal_server import temporal_binary
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually


@dataclass
class Walk:
    """A call of the account and the command line's view of its workflow."""

    stack: Stack
    account: Account
    session_id: str

    @property
    def workflow_id(self) -> str:
        return walk_workflow_id(UUID(self.session_id))

    async def temporal(self, command: str, *arguments: str) -> str:
        """Run `temporal workflow …` on the walk and return what it prints."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("L1_", "TEMPORAL_"))}
        process = await asyncio.create_subprocess_exec(
            *(temporal_binary(), "workflow", command, "--address", self.stack.temporal.address),
            *("--workflow-id", self.workflow_id, *arguments),
            env=kept | {"TEMPORAL_CONFIG_FILE": os.devnull},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()

    async def signal(self, name: str, *arguments: str) -> None:
        await self.temporal("signal", "--name", name, *arguments)

    async def session(self) -> Any:
        return await self.account.get(f"/sessions/{self.session_id}")

    async def events(self) -> list[Event]:
        return await Records(self.stack.database).events(self.account.id, UUID(self.session_id))

    async def goes_on(self) -> None:
        """Take a note by hand and see it in the session: everything sent before it has been dealt with."""
        await self.signal("note", "--input", '{"text": "Still here."}')
        await eventually(self._has_note)

    async def _has_note(self) -> bool:
        return "Still here." in [note["text"] for note in (await self.session())["walk_notes"]]


@pytest_asyncio.fixture
async def walk(stack: Stack, account: Account) -> AsyncIterator[Walk]:
    """Starts where the customer is known by name, so that a test can look for it where it must not be."""
    session = await account.take_call(customer_name="Ada Byron")
    yield Walk(stack, account, session["id"])


async def test_a_note_and_a_step_by_hand_appear_in_the_session(walk: Walk) -> None:
    await walk.signal("note", "--input", '{"text": "Since Monday."}')
    await walk.signal("step", "--input", '{"node_id": "n1", "answer": "Yes", "note": "It is lit."}')

    async def has_moved() -> bool:
        return bool((await walk.session())["current_node_id"] == "n2")

    await eventually(has_moved)
    session = await walk.session()
    assert [(note["text"], note["by"]) for note in session["walk_notes"]] == [("Since Monday.", "operator")]
    [entry] = session["walked_path"]
    assert (entry["answer"], entry["note"], entry["answered_by"]) == ("Yes", "It is lit.", "operator")
    assert session["revision"] == 3


async def test_what_cannot_be_understood_is_recorded_as_rejected_and_the_walk_goes_on(walk: Walk) -> None:
    note = '{"text": "Not to be taken."}'
    await walk.signal("note", "--input", '"just text"')
    await walk.signal("note", "--input", "[1, 2]")
    await walk.signal("note", "--input", "{}")
    await walk.signal("note", "--input", '{"txt": "A typing error."}')
    await walk.signal("note", "--input", note, "--input", note)
    await walk.signal("note")
    await walk.signal("note", "--input", note, "--input-meta", "encoding=binary/plain")
    await walk.signal("hang-up", "--input", note)
    await walk.signal("step", "--input", '{"node_id": "n7", "answer": "Yes"}')
    await walk.signal("step", "--input", '{"node_id": "n1", "answer": "Perhaps"}')
    await walk.signal("resolve", "--input", '{"helpful": "very"}')
    await walk.signal("escalate", "--input", '{"reason": "No category."}')
    await walk.goes_on()
    events = await walk.events()
    rejected = [event for event in events if isinstance(event.body, Rejected)]
    codes = [event.body.problem.code for event in rejected if isinstance(event.body, Rejected)]
    assert codes == ["invalid_request"] * 8 + ["stale_step", "unknown_answer", "invalid_request", "reason_missing"]
    assert {event.actor.id for event in rejected} == {"operator"}
    session = await walk.session()
    assert (session["status"], session["revision"], session["walked_path"]) == ("active", 2, [])


@pytest.mark.parametrize(
    "encoding",
    [
        "no/such-encoding",
        "binary/protobuf",
        "binary/encrypted",  # by nobody's key
    ],
)
async def test_what_cannot_be_decoded_stops_no_walk(walk: Walk, encoding: str) -> None:
    """The SDK drops such a signal before a handler could see it, so nothing is recorded."""
    await walk.signal("note", "--input", '{"text": "?"}', "--input-meta", f"encoding={encoding}")
    await walk.goes_on()
    assert [note["text"] for note in (await walk.session())["walk_notes"]] == ["Still here."]


@pytest.mark.parametrize("reason", [None, "The customer hung up."])
async def test_cancelling_escalates_the_call_with_the_reason_if_one_was_given(walk: Walk, reason: str | None) -> None:
    handle = walk.stack.client.get_workflow_handle(walk.workflow_id)
    if reason is None:
        await walk.temporal("cancel")
    else:  # the command line takes a reason for a batch alone, and does not pass it on
        await handle.cancel(reason=reason)

    async def is_closed() -> bool:
        return bool((await walk.session())["status"] != "active")

    await eventually(is_closed)
    session = await walk.session()
    assert session["status"] == "escalated"
    escalation = session["escalation"]
    assert (escalation["reason_category"], escalation["by"]) == ("cancelled", "operator")
    assert escalation["reason"] == (reason or "Cancelled in Temporal.")
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    assert isinstance(failure.value.cause, CancelledError)


async def test_the_state_is_shown_encrypted_to_who_has_no_codec(walk: Walk) -> None:
    answer = json.loads(await walk.temporal("query", "--name", "state", "--output", "json"))
    [payload] = answer["queryResult"]["payloads"]
    assert base64.b64decode(payload["metadata"]["encoding"]) == b"binary/encrypted"
    assert b"Ada Byron" not in base64.b64decode(payload["data"])
