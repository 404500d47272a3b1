"""What workers match against: what is live, with what they derived from it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from l1.database.exemplars import Exemplars
from l1.database.flows import Flows
from l1.database.shelves import LiveFlow, Shelves, WorkerState
from l1.domain.commands import Escalate, Resolve
from l1.domain.flow_file import parse_flow
from l1.domain.reasons import REASON_WRONG_FLOW
from tests.accounts import KEYBOARD
from tests.l1.database.conftest import Quiet
from tests.l1.database.libraries import publish, walked

E1, E2 = "e1", "e2"


@pytest.fixture
def shelves(quiet: Quiet) -> Shelves:
    return Shelves(quiet.database)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


async def vectors(shelves: Shelves, account_id: UUID, embedder: str) -> list[tuple[int, bytes | None]]:
    return [(flow.version, flow.vectors) for flow in await shelves.live(account_id, embedder)]


async def test_a_live_flow_is_read_as_it_was_published(quiet: Quiet, shelves: Shelves, account_id: UUID) -> None:
    flow_id = await publish(quiet.database, account_id)
    assert await shelves.live(account_id, None) == [
        LiveFlow(
            flow_id=flow_id,
            version=1,
            slug="keyboard-types-wrong-letters",
            title="Keyboard types the wrong letters",
            category="hardware",
            description="Letters come out as others or as numbers.",
            keywords=("keyboard", "wrong letters", "num lock"),
            texts=(
                "Is Num Lock lit?",
                "Press Num Lock.",
                "Num Lock turned letters into numbers.",
                "Have the keyboard looked at.",
            ),
            vectors=None,
        )
    ]


async def test_a_shelf_has_its_owner_s_live_flows_and_no_others(
    quiet: Quiet, shelves: Shelves, account_id: UUID
) -> None:
    own = await publish(quiet.database, account_id)
    off = await publish(quiet.database, account_id, id="off")
    await Flows(quiet.database).unpublish(account_id, off)
    await publish(quiet.database, uuid4())
    assert [flow.flow_id for flow in await shelves.live(account_id, E1)] == [own]
    shared = await shelves.live(None, E1)
    assert len(shared) >= 20
    assert own not in [flow.flow_id for flow in shared]


async def test_only_the_flows_that_are_asked_for_are_read(quiet: Quiet, shelves: Shelves, account_id: UUID) -> None:
    flow_ids = [await publish(quiet.database, account_id, id=f"flow-{number}") for number in range(3)]
    found = await shelves.live(account_id, E1, flow_ids[:2])
    assert {flow.flow_id for flow in found} == set(flow_ids[:2])
    assert await shelves.live(account_id, E1, []) == []
    assert await shelves.live(uuid4(), E1, flow_ids) == []


async def test_a_flow_has_the_vectors_of_its_live_version_and_of_one_embedder(
    quiet: Quiet, shelves: Shelves, account_id: UUID
) -> None:
    flow_id = await publish(quiet.database, account_id)
    await shelves.store_vectors(account_id, flow_id, 1, E1, b"one")
    await shelves.store_vectors(account_id, flow_id, 1, E1, b"again")
    await shelves.store_vectors(account_id, flow_id, 1, E2, b"other")
    assert await vectors(shelves, account_id, E1) == [(1, b"one")]
    assert await vectors(shelves, account_id, E2) == [(1, b"other")]
    assert [flow.vectors for flow in await shelves.live(account_id, None)] == [None]

    await publish(quiet.database, account_id, title="Another title")
    assert await vectors(shelves, account_id, E1) == [(2, None)]
    await shelves.store_vectors(account_id, flow_id, 2, E1, b"two")
    await shelves.store_vectors(account_id, flow_id, 1, E2, b"late")  # of a worker that has not been notified yet
    assert await vectors(shelves, account_id, E1) == [(2, b"two")]
    async with quiet.database.account(account_id) as connection:
        kept = await connection.execute(text("SELECT version, embedder FROM flow_vectors WHERE account_id IS NOT NULL"))
        assert {tuple(row) for row in kept} == {(1, E2), (2, E1)}


async def test_vectors_of_shared_flows_are_stored_and_seen_by_every_account(quiet: Quiet, shelves: Shelves) -> None:
    embedder = f"test-{uuid4()}"
    shared = (await shelves.live(None, embedder))[0]
    await shelves.store_vectors(None, shared.flow_id, shared.version, embedder, b"shared")
    [found] = await shelves.live(None, embedder, [shared.flow_id])
    assert found.vectors == b"shared"
    async with quiet.database.account(uuid4()) as connection:
        query = text("SELECT vectors FROM flow_vectors WHERE embedder = :embedder")
        assert await connection.scalar(query, {"embedder": embedder}) == b"shared"


async def test_vectors_belong_to_whom_their_flow_belongs(quiet: Quiet, shelves: Shelves, account_id: UUID) -> None:
    flow_id = await publish(quiet.database, account_id)
    [shared, *_] = await shelves.live(None, None)
    for owner, described in ((uuid4(), flow_id), (None, flow_id), (account_id, shared.flow_id)):
        with pytest.raises(DBAPIError, match="row-level security"):
            await shelves.store_vectors(owner, described, 1, E1, b"x")


async def test_a_draft_takes_its_vectors_with_it(quiet: Quiet, shelves: Shelves, account_id: UUID) -> None:
    flow_id = await publish(quiet.database, account_id)
    await shelves.store_vectors(account_id, flow_id, 1, E1, b"live")
    await post(quiet, account_id, "A draft")
    await shelves.store_vectors(account_id, flow_id, 2, E1, b"draft")
    await post(quiet, account_id, "Another draft")
    await Flows(quiet.database).publish(account_id, flow_id, "test")
    assert await vectors(shelves, account_id, E1) == [(2, None)]


async def post(quiet: Quiet, account_id: UUID, title: str) -> None:
    await Flows(quiet.database).save_draft(account_id, parse_flow(KEYBOARD | {"title": title}), "test", uuid4())


async def test_one_worker_at_a_time_holds_a_key(shelves: Shelves, account_id: UUID) -> None:
    key, other = str(uuid4()), str(uuid4())
    async with shelves.claim(account_id, key) as first, shelves.claim(None, key) as second:
        assert (first, second) == (True, False)
        async with shelves.claim(account_id, other) as third:
            assert third
    async with shelves.claim(None, key) as afterwards:
        assert afterwards


async def test_a_key_is_given_back_when_its_holder_fails(shelves: Shelves, account_id: UUID) -> None:
    key = str(uuid4())
    with pytest.raises(ValueError, match="cannot embed"):
        async with shelves.claim(account_id, key):
            raise ValueError("cannot embed")
    async with shelves.claim(account_id, key) as again:
        assert again


async def test_exemplars_are_read_with_their_vectors(quiet: Quiet, shelves: Shelves, account_id: UUID) -> None:
    flow_id = await publish(quiet.database, account_id)
    other = await publish(quiet.database, account_id, id="other")
    await walked(quiet.database, account_id, flow_id, Resolve(helpful=True), "Odd keys")
    await walked(quiet.database, account_id, other, Escalate(REASON_WRONG_FLOW), "Odd keys")
    [found] = await shelves.exemplars(account_id, [flow_id])
    assert (found.flow_id, found.statement, found.confirms) == (flow_id, "Odd keys", True)
    assert (found.embedder, found.vector) == (None, None)
    await shelves.store_exemplar_vector(account_id, found.id, E1, b"one")
    await shelves.store_exemplar_vector(account_id, found.id, E2, b"two")
    await shelves.store_exemplar_vector(uuid4(), found.id, E1, b"a stranger's")
    [found] = await shelves.exemplars(account_id, [flow_id])
    assert (found.embedder, found.vector) == (E2, b"two")
    assert {one.flow_id for one in await shelves.exemplars(account_id)} == {flow_id, other}
    assert await shelves.exemplars(uuid4()) == []
    await shelves.forget(uuid4(), found.id)
    await shelves.forget(account_id, found.id)
    assert await Exemplars(quiet.database).of(account_id, flow_id) == []
    assert len(await shelves.exemplars(account_id)) == 1


async def test_accounts_with_live_flows_or_exemplars_are_named(quiet: Quiet, shelves: Shelves) -> None:
    publishing, learning, drafting = uuid4(), uuid4(), uuid4()
    await publish(quiet.database, publishing)
    [shared, *_] = await shelves.live(None, None)
    await walked(quiet.database, learning, shared.flow_id, Resolve(helpful=True))
    await post(quiet, drafting, "A draft")
    found = await shelves.accounts()
    assert {publishing, learning} <= set(found)
    assert drafting not in found
    assert len(found) == len(set(found))


async def test_workers_are_known_by_their_latest_report_until_they_are_silent(quiet: Quiet, shelves: Shelves) -> None:
    names = [f"test-{uuid4()}" for _ in range(3)]
    await shelves.report(names[0], None, 2000, 2000)
    await shelves.report(names[0], E1, 2000, 120)
    await shelves.report(names[1], None, 5, 0)
    await shelves.report(names[2], None, 5, 0)
    try:
        await silence(quiet, names[1], "1 minute")
        await silence(quiet, names[2], "2 hours")
        [seen] = [worker for worker in await shelves.workers(20) if worker.worker in names]
        assert seen == WorkerState(names[0], E1, 2000, 120, seen.seen_at)
        assert {worker.worker for worker in await shelves.workers(10_000)} >= set(names)
        await shelves.report(names[0], E1, 2000, 0)
        left = {worker.worker for worker in await shelves.workers(10_000)}
        assert left & set(names) == set(names[:2])
    finally:
        for name in names:
            await silence(quiet, name, "2 days")  # no warning of theirs in the answers to other tests


async def silence(quiet: Quiet, worker: str, since: str) -> None:
    async with quiet.database.no_account() as connection:
        query = text("UPDATE matching_workers SET seen_at = now() - cast(:since AS text)::interval WHERE worker = :it")
        await connection.execute(query, {"since": since, "it": worker})
