"""A signal under a key that the worker does not have waits for the key."""

from dataclasses import replace

from temporalio.client import Client

from l1.domain.naming import walk_workflow_id
from l1.temporal.connection import data_converter
from tests.waiting import eventually
from tests.workflows.lab import Lab, count_events

KEYS = {"k1": bytes(32)}
OTHER = {"k2": bytes(range(32))}


async def with_keys(lab: Lab, keys: dict[str, bytes]) -> Lab:
    address = lab.client.service_client.config.target_host
    return replace(lab, client=await Client.connect(address, data_converter=data_converter(keys)))


async def test_a_signal_under_a_missing_key_is_applied_when_the_key_is_back(lab: Lab) -> None:
    ours, theirs, rotated = [await with_keys(lab, keys) for keys in (KEYS, OTHER, KEYS | OTHER)]
    async with ours.build_worker():
        call = await ours.take_call()
        await call.opened()
        foreign = theirs.client.get_workflow_handle(walk_workflow_id(call.session_id))
        await foreign.signal("note", {"text": "under the other key"})

        async def has_failed() -> bool:
            return await count_events(foreign, "WORKFLOW_TASK_FAILED") > 0

        await eventually(has_failed)
        await call.handle.signal("note", {"text": "under ours"})
    async with rotated.build_worker():
        session = await call.at_revision(3)
    assert [note.text for note in session.walk_notes] == ["under the other key", "under ours"]
