"""Signals that somebody sends past the API: none of them keeps the next command from being applied."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import RequestCancelWorkflowExecutionRequest, SignalWorkflowExecutionRequest

from l1.database.records import Records
from l1.domain.events import Rejected
from l1.domain.naming import walk_workflow_id
from l1.temporal.codec import EncryptingCodec
from tests.accounts import Account
from tests.stack import Stack
from tests.waiting import eventually
from tests.workflows.test_messages import payloads

NOTE = {"text": "by hand"}


def plain(value: object, **metadata: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"} | metadata, data=json.dumps(value).encode())


async def send(stack: Stack, session_id: str, name: str, *sent: Payload) -> None:
    await stack.client.workflow_service.signal_workflow_execution(
        SignalWorkflowExecutionRequest(
            namespace=stack.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=walk_workflow_id(UUID(session_id))),
            signal_name=name,
            input=Payloads(payloads=sent),
        )
    )


async def note(account: Account, session: Any, text: str) -> Any:
    return await account.post(f"/sessions/{session['id']}/notes", {"notes": [{"text": text}]})


async def rejections(stack: Stack, account: Account, session: Any) -> list[str]:
    events = await Records(stack.database).events(account.id, UUID(session["id"]))
    return [event.body.problem.code for event in events if isinstance(event.body, Rejected)]


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
async def test_a_time_at_the_ends_of_the_calendar_counts_as_now(stack: Stack, account: Account, at: str) -> None:
    session = await account.take_call()
    await send(stack, session["id"], "note", plain(NOTE | {"at": at}))
    session = await note(account, session, "by REST")
    assert [one["text"] for one in session["walk_notes"]] == ["by hand", "by REST"]
    assert session["walk_notes"][0]["at"] >= session["started_at"]


@pytest.mark.parametrize("texts", ["a\x00b", "a\ud800"])
async def test_a_sender_that_cannot_be_stored_is_an_operator(stack: Stack, account: Account, texts: str) -> None:
    session = await account.take_call()
    await send(stack, session["id"], "note", plain(NOTE | {"actor": {"id": texts}, "fingerprint": texts}))
    await send(stack, session["id"], "close\x00", plain(NOTE))
    session = await note(account, session, "by REST")
    assert session["walk_notes"][-1]["text"] == "by REST"


async def test_a_reason_for_cancelling_that_cannot_be_stored_is_left_out(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    await stack.client.workflow_service.request_cancel_workflow_execution(
        RequestCancelWorkflowExecutionRequest(
            namespace=stack.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=walk_workflow_id(UUID(session["id"]))),
            reason="a\x00b",
        )
    )

    async def ended() -> Any:
        return (await account.get(f"/sessions/{session['id']}"))["escalation"]

    escalation = await eventually(ended)
    assert (escalation["reason_category"], escalation["reason"]) == ("cancelled", "Cancelled in Temporal.")


async def test_what_nobody_can_read_is_rejected_on_record(stack: Stack, account: Account) -> None:
    session = await account.take_call()
    [encoded] = await EncryptingCodec(stack.settings.keys()).encode([plain(NOTE)])
    damaged = Payload(metadata=encoded.metadata, data=encoded.data[:-1] + bytes([encoded.data[-1] ^ 1]))
    sent = [
        [damaged],
        [Payload(metadata=encoded.metadata, data=encoded.data[:10])],
        [Payload(metadata={"encoding": b"json/plain"}, data=b'{"text": "a"')],
        [Payload(metadata={"encoding": b"json/plain"}, data=b"[" * 50_000)],
        [plain(NOTE, encoding=b"\xff")],
        [plain(NOTE, encoding=b"json/external-storage-reference")],
        [plain(NOTE, __temporal_external_storage_reference=b"true")],
        [plain(NOTE), plain(NOTE)],
        [],
    ]
    for place, one in enumerate(sent, 1):
        await send(stack, session["id"], "note", *one)
        session = await note(account, session, f"after {place}")
        assert len(await rejections(stack, account, session)) == place
    assert set(await rejections(stack, account, session)) == {"invalid_request"}
    assert len(session["walk_notes"]) == len(sent)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["step", "note", "resolve", "escalate", "hang-up"]),
    payloads.filter(lambda one: one.metadata.get("encryption-key-id", b"") in (b"", b"k1")),
)
async def test_after_any_signal_the_next_command_is_answered(
    stack: Stack, account: Account, name: str, sent: Payload
) -> None:
    session = await account.take_call()
    await send(stack, session["id"], name, sent)
    response = await account.request("POST", f"/sessions/{session['id']}/notes", {"notes": [{"text": "by REST"}]})
    assert response.status_code in (200, 409), response.text
    assert response.status_code == 200 or response.json()["code"] == "session_closed"
