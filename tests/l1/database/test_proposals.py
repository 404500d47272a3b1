"""What calls teach about problems that no flow covers: one tree a problem, and each call once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from l1.database.growing import CandidatesOutdatedError
from l1.database.paging import Cut
from l1.database.proposals import Proposals, ProposalSummary
from l1.domain.branches import open_branches
from l1.domain.commands import Body, Escalate, Resolve, Step
from l1.domain.errors import NotFound
from l1.domain.proposal import Growth, NodeCount
from l1.domain.session import Status, Walk
from tests.l1.database.building import HELPED, Asked, Recorder, built, on_flow, on_proposal, placing
from tests.l1.database.conftest import Quiet
from tests.l1.domain.walks import KIM

DARK = (Asked("Is the printer's light on?", "No"), Asked("Is it plugged in?", "No"))
PAPER = (Asked("Is the printer's light on?", "Yes"), Asked("Is there paper in it?", "No"))


@pytest.fixture
def proposals(quiet: Quiet) -> Proposals:
    return Proposals(quiet.database)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


def different(_one: str, _other: str) -> bool:
    return False


async def grow(proposals: Proposals, walk: Walk, into: UUID | None = None, seen: Sequence[UUID] = ()) -> None:
    await proposals.grow(walk, Growth(into, seen, different))


async def open_ones(proposals: Proposals, account_id: UUID) -> list[ProposalSummary]:
    return list((await proposals.all(account_id, "open", Cut(50))).rows)


async def the_one(proposals: Proposals, account_id: UUID) -> UUID:
    [summary] = await open_ones(proposals, account_id)
    return summary.id


async def test_a_call_that_helped_becomes_a_proposal(quiet: Quiet, proposals: Proposals, account_id: UUID) -> None:
    walk = await built(quiet.database, account_id, DARK)
    await grow(proposals, walk)
    [summary] = await open_ones(proposals, account_id)
    assert (summary.status, summary.category, summary.revision) == ("open", "printing", 1)
    assert (summary.calls, summary.helped, summary.open_branches) == (1, 1, 3)
    read = await proposals.read(account_id, summary.id)
    assert [node.text for node in read.flow.tree.nodes.values()] == [asked.text for asked in DARK]
    assert read.nodes == {"n1": NodeCount(1, 1), "n2": NodeCount(1, 1)}
    assert (read.flow.slug, read.flow.title) == (summary.slug, summary.title)
    assert (read.edited_by, read.decided_by, read.flow_id) == (None, None, None)


async def test_a_proposal_tells_of_the_calls_behind_it(quiet: Quiet, proposals: Proposals, account_id: UUID) -> None:
    walk = await built(quiet.database, account_id, DARK, statement="The printer stays dark")
    await grow(proposals, walk)
    [call] = (await proposals.read(account_id, await the_one(proposals, account_id))).calls
    assert (call.session_id, call.ticket_id, call.problem_statement) == (
        walk.session_id,
        walk.ticket.id,
        "The printer stays dark",
    )
    assert (call.owner, call.status, call.resolution_notes) == (KIM, Status.RESOLVED, "It prints again")
    assert (call.helped, call.joined, call.path, call.at) == (True, True, ("n1", "n2"), walk.resolved_at)


async def test_walks_of_one_problem_share_a_tree(quiet: Quiet, proposals: Proposals, account_id: UUID) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    await grow(proposals, await built(quiet.database, account_id, PAPER), proposal_id)
    read = await proposals.read(account_id, proposal_id)
    assert read.revision == 2
    assert read.nodes == {"n1": NodeCount(2, 2), "n2": NodeCount(1, 1), "n3": NodeCount(1, 1)}
    assert dict(read.flow.tree.nodes["n1"].answers) == {"Yes": "n3", "No": "n2"}
    assert [call.path for call in read.calls] == [("n1", "n3"), ("n1", "n2")]


async def test_a_walk_that_adds_nothing_leaves_the_revision(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    for _ in range(2):
        seen = [one.id for one in await open_ones(proposals, account_id)]
        await grow(proposals, await built(quiet.database, account_id, DARK), next(iter(seen), None), seen)
    [summary] = await open_ones(proposals, account_id)
    assert (summary.revision, summary.calls) == (1, 2)


@pytest.mark.parametrize("ending", [Resolve(helpful=False), Escalate("needs_engineer")])
async def test_a_call_that_did_not_help_only_counts(
    quiet: Quiet, proposals: Proposals, account_id: UUID, ending: Body
) -> None:
    await grow(proposals, await built(quiet.database, account_id, PAPER, ending))
    assert await open_ones(proposals, account_id) == []
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    await grow(proposals, await built(quiet.database, account_id, PAPER, ending), proposal_id)
    read = await proposals.read(account_id, proposal_id)
    assert (read.revision, read.nodes) == (1, {"n1": NodeCount(2, 1), "n2": NodeCount(1, 1)})
    assert [(call.helped, call.joined) for call in read.calls] == [(False, False), (True, True)]


async def test_a_call_is_learned_once(quiet: Quiet, proposals: Proposals, account_id: UUID) -> None:
    walk = await built(quiet.database, account_id, DARK)
    await asyncio.gather(*(grow(proposals, walk) for _ in range(3)))
    proposal_id = await the_one(proposals, account_id)
    await grow(proposals, walk, proposal_id)
    [summary] = await open_ones(proposals, account_id)
    assert (summary.calls, summary.revision) == (1, 1)


async def test_neither_an_open_call_nor_one_without_a_node_is_learned(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    recorder = await Recorder.begin(quiet.database, account_id)
    await grow(proposals, await recorder.do(placing("n1")))
    await grow(proposals, await built(quiet.database, account_id, ()))
    assert await open_ones(proposals, account_id) == []


async def test_of_two_similar_calls_at_once_one_looks_again_and_both_end_in_one_proposal(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    async def as_a_worker_does(walk: Walk) -> int:
        for attempt in range(10):
            found = await proposals.candidates(account_id, "printing")
            try:
                into = found[0].proposal_id if found else None
                await grow(proposals, walk, into, [one.proposal_id for one in found])
            except CandidatesOutdatedError:
                continue
            return attempt
        raise AssertionError("never learned")

    walks = [await built(quiet.database, account_id, path) for path in (DARK, PAPER, DARK, PAPER)]
    await asyncio.gather(*map(as_a_worker_does, walks))
    [summary] = await open_ones(proposals, account_id)
    assert summary.calls == 4


async def test_a_proposal_that_came_meanwhile_has_to_be_looked_at(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    seen = [await the_one(proposals, account_id)]
    other = await built(quiet.database, account_id, PAPER)
    with pytest.raises(CandidatesOutdatedError):
        await grow(proposals, other)
    await grow(proposals, other, seen=seen)
    assert len(await open_ones(proposals, account_id)) == 2
    elsewhere = await built(quiet.database, account_id, DARK, category="email")
    await grow(proposals, elsewhere)
    assert len(await open_ones(proposals, account_id)) == 3


async def test_a_proposal_that_was_decided_on_meanwhile_takes_no_more_calls_in(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    await proposals.reject(account_id, proposal_id, "Too short", "Eve")
    late = await built(quiet.database, account_id, PAPER)
    with pytest.raises(CandidatesOutdatedError):
        await grow(proposals, late, proposal_id, [proposal_id])
    assert await proposals.candidates(account_id, "printing") == []
    await grow(proposals, late)
    assert await the_one(proposals, account_id) != proposal_id


async def test_candidates_are_the_open_proposals_of_a_category_with_the_latest_words_that_were_helped(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK, statement="First"))
    first = await the_one(proposals, account_id)
    for number in range(2, 8):
        await grow(proposals, await built(quiet.database, account_id, DARK, statement=f"Number {number}"), first)
    unhelped = await built(quiet.database, account_id, DARK, Escalate("other"), statement="In vain")
    await grow(proposals, unhelped, first)
    await grow(proposals, await built(quiet.database, account_id, PAPER, statement="Another"), None, [first])
    another, known = await proposals.candidates(account_id, "printing")
    assert another.statements == ("Another",)
    assert (known.proposal_id, known.revision) == (first, 1)
    assert known.statements == tuple(f"Number {number}" for number in range(7, 2, -1))
    assert await proposals.candidates(account_id, "email") == []
    assert await proposals.candidates(uuid4(), "printing") == []


async def test_a_walk_on_a_proposal_teaches_that_proposal(quiet: Quiet, proposals: Proposals, account_id: UUID) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    tree = await proposals.walkable(account_id, proposal_id)
    assert tree is not None
    bodies = (Step("n1", "Yes"), placing("n3", "Is there paper in it?"), HELPED)
    walk = await on_proposal(quiet.database, account_id, proposal_id, tree, *bodies)
    await grow(proposals, walk)
    read = await proposals.read(account_id, proposal_id)
    assert read.nodes["n3"] == NodeCount(1, 1)
    assert open_branches(read.flow.tree) == (("n3", "Yes"), ("n3", "No"), ("n2", "Yes"), ("n2", "No"))


async def test_a_walk_on_a_proposal_that_was_decided_on_meanwhile_is_counted_there(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    solvable = (DARK[0], Asked("Is it plugged in?", "No", ("That was it", "No")))
    await grow(proposals, await built(quiet.database, account_id, solvable))
    proposal_id = await the_one(proposals, account_id)
    tree = await proposals.walkable(account_id, proposal_id)
    assert tree is not None
    bodies = (Step("n1", "Yes"), placing("n3", "Is there paper in it?"), HELPED)
    walk = await on_proposal(quiet.database, account_id, proposal_id, tree, *bodies)
    await proposals.publish(account_id, proposal_id, "Eve")
    await grow(proposals, walk)
    read = await proposals.read(account_id, proposal_id)
    assert read.flow.tree == tree
    assert read.nodes["n1"] == NodeCount(2, 2)
    assert await proposals.walkable(account_id, proposal_id) is None
    assert await open_ones(proposals, account_id) == []


async def test_of_two_walks_of_a_flow_at_once_one_looks_again_and_both_grow_its_next_version(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    solvable = (DARK[0], Asked("Is it plugged in?", "No", ("That was it", "No")))
    await grow(proposals, await built(quiet.database, account_id, solvable))
    published = await proposals.publish(account_id, await the_one(proposals, account_id), "Eve")
    assert published.flow_id is not None
    bodies = (Step("n1", "Yes"), placing("n9", "Is there paper in it?"), HELPED)
    walks = [await on_flow(quiet.database, account_id, published.flow_id, *bodies) for _ in range(2)]
    first, second = await asyncio.gather(*(grow(proposals, walk) for walk in walks), return_exceptions=True)
    assert {type(first), type(second)} == {type(None), CandidatesOutdatedError}
    growing = await proposals.next_version(account_id, published.flow_id)
    for walk in walks:
        await grow(proposals, walk, growing.proposal_id)
    read = await proposals.read(account_id, await the_one(proposals, account_id))
    assert (read.id, read.flow.slug, read.nodes["n1"]) == (growing.proposal_id, published.flow.slug, NodeCount(2, 2))
    assert read.flow.tree.nodes["n4"].text == "Is there paper in it?"


async def test_the_id_of_a_node_that_an_engineer_removed_is_no_other_node_s(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    flow = (await proposals.read(account_id, proposal_id)).flow
    first = replace(flow.tree.nodes["n1"], answers={"Yes": None, "No": None})
    await proposals.edit(account_id, proposal_id, 1, replace(flow, tree=replace(flow.tree, nodes={"n1": first})), "Eve")
    await grow(proposals, await built(quiet.database, account_id, PAPER), proposal_id)
    read = await proposals.read(account_id, proposal_id)
    assert read.nodes == {"n1": NodeCount(2, 2), "n3": NodeCount(1, 1)}


async def test_neither_who_called_nor_how_to_reach_them_is_in_a_title(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    walk = await built(
        quiet.database,
        account_id,
        DARK,
        statement="Ada Byron cannot print. She is at ada@example.org",
        customer_name="Ada Byron",
        customer_contact="ada@example.org",
    )
    await grow(proposals, walk)
    [summary] = await open_ones(proposals, account_id)
    assert "Ada" not in summary.title
    assert "example" not in summary.title


async def test_what_belongs_to_another_account_is_not_found(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    await grow(proposals, await built(quiet.database, account_id, DARK))
    proposal_id = await the_one(proposals, account_id)
    stranger = uuid4()
    foreign = await built(quiet.database, stranger, DARK)
    flow = (await proposals.read(account_id, proposal_id)).flow
    for attempt in (
        proposals.read(stranger, proposal_id),
        proposals.edit(stranger, proposal_id, None, flow, "Eve"),
        proposals.publish(stranger, proposal_id, "Eve"),
        proposals.reject(stranger, proposal_id, "No", "Eve"),
        grow(proposals, foreign, proposal_id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await open_ones(proposals, stranger) == []
    assert await proposals.walkable(stranger, proposal_id) is None
    assert (await proposals.read(account_id, proposal_id)).revision == 1


async def test_proposals_are_listed_latest_first_as_many_as_are_asked_for(
    quiet: Quiet, proposals: Proposals, account_id: UUID
) -> None:
    ids: list[UUID] = []
    for _ in range(3):
        await grow(proposals, await built(quiet.database, account_id, DARK), None, ids)
        ids.insert(0, (await open_ones(proposals, account_id))[0].id)
    assert [one.id for one in await open_ones(proposals, account_id)] == ids
    assert [one.id for one in (await proposals.all(account_id, "open", Cut(2))).rows] == ids[:2]
