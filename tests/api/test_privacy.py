"""What customers say reaches the database, and Temporal only encrypted; no log, id or search attribute has it."""

import json
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from l1.domain.naming import walk_workflow_id
from l1.domain.roles import Role
from l1.local_stack.processes import log_file_of
from tests.accounts import Account
from tests.stack import Stack

MARKERS = {
    "problem": "Quxproblem",
    "name": "Quxname",
    "contact": "Quxcontact",
    "note": "Quxnote",
    "step note": "Quxstep",
    "question": "Quxquestion",
    "reason": "Quxreason",
    "reason category": "quxcategory",
    "resolution": "Quxresolution",
    "rejected answer": "Quxrejected",
    "rejected node": "Quxnode",
    "field": "Quxfield",
    "idempotency key": "Quxkey",
    "user": "Test l1",
}


@pytest_asyncio.fixture(scope="module")
async def sessions(stack: Stack, http: httpx.AsyncClient) -> list[UUID]:
    """Take marked calls to each of their ends, with commands that are rejected on the way."""
    account = Account(stack, http)
    intake = {
        "problem_statement": f"The printer prints green stripes {MARKERS['problem']}",
        "customer_name": MARKERS["name"],
        "customer_contact": MARKERS["contact"],
    }
    flow_id = await account.publish()
    taken = [
        (await account.post("/intake", intake | {"flow_id": flow_id}, Idempotency_Key=MARKERS["idempotency key"])),
        (await account.post("/intake", intake | {"force_build": True})),
        (await account.post("/intake", intake | {"flow_id": flow_id})),
    ]
    for answer in taken:
        session = answer["session"]
        path = f"/sessions/{session['id']}"
        refused = [
            {"node_id": session["current_node_id"], "answer": MARKERS["rejected answer"]},
            {"node_id": MARKERS["rejected node"], "answer": "Yes"},
            {"node_id": "n1", "answer": "Yes", MARKERS["field"]: 1},
        ]
        for body in refused:
            assert (await account.request("POST", f"{path}/step", body)).status_code in (409, 422)
        step = {
            "node_id": session["current_node_id"],
            "answer": session["current_node"]["answers"][0],
            "question": MARKERS["question"],
            "note": MARKERS["step note"],
        }
        await account.post(f"{path}/step", step)
        await account.post(f"{path}/notes", {"notes": [{"text": MARKERS["note"]}]})
    first, second, third = (answer["session_id"] for answer in taken)
    reason = {"reason_category": MARKERS["reason category"], "reason": MARKERS["reason"]}
    await account.post(f"/sessions/{first}/escalate", reason)
    await account.post(f"/sessions/{second}/resolve", {"helpful": True, "resolution_notes": MARKERS["resolution"]})
    await account.http.get(f"/l1/queue?limit={MARKERS['field']}", headers=account.headers())
    direct = await account.post("/escalate-without-walk", intake | reason, role=Role.ADMIN)
    return [UUID(id_) for id_ in (first, second, third, direct["id"])]


def assert_no_marker(content: bytes, where: str) -> None:
    folded = content.lower()
    assert not [kind for kind, marker in MARKERS.items() if marker.lower().encode() in folded], where


@pytest.mark.usefixtures("sessions")
async def test_no_log_has_what_was_said(stack: Stack) -> None:
    for name in ("api", "worker", "temporal", "postgresql"):
        assert_no_marker(log_file_of(stack.settings.data_dir, name).read_bytes(), name)


async def test_temporal_has_what_was_said_only_encrypted(stack: Stack, sessions: list[UUID]) -> None:
    client = await Client.connect(stack.temporal.address)
    for session_id in sessions:
        handle = client.get_workflow_handle(walk_workflow_id(session_id))
        history = [event async for event in handle.fetch_history_events()]
        assert len(history) > 3
        for event in history:
            assert_no_marker(event.SerializeToString(), str(event.event_type))
        described = await handle.describe()
        assert_no_marker(described.raw_description.SerializeToString(), "description")
        assert_no_marker(json.dumps(await handle_memo(client, session_id)).encode(), "memo")


async def handle_memo(client: Client, session_id: UUID) -> list[str]:
    """Everything that a list of workflows shows of one, memo and search attributes included."""
    found = client.list_workflows(f"WorkflowId = '{walk_workflow_id(session_id)}'")
    return [repr((shown.id, shown.workflow_type, shown.search_attributes, await shown.memo())) async for shown in found]


async def test_whoever_has_the_keys_reads_the_history(stack: Stack, sessions: list[UUID]) -> None:
    """Else the test above would pass on an empty history as well."""
    handle = stack.client.get_workflow_handle(walk_workflow_id(sessions[0]))
    [started] = [
        e async for e in handle.fetch_history_events() if e.HasField("workflow_execution_started_event_attributes")
    ]
    payloads = started.workflow_execution_started_event_attributes.input.payloads
    decoded = await stack.client.data_converter.decode(payloads, [dict])
    assert MARKERS["problem"] in str(decoded)
