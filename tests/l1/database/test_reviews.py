"""What engineers make of proposals: edited, published or rejected, each decision once and for good."""

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from l1.database.exemplars import MOST_OF_A_KIND, Exemplars
from l1.database.flows import Flows
from l1.database.paging import Cut
from l1.database.proposals import Proposal, Proposals
from l1.domain.branches import publishable
from l1.domain.errors import InvalidFlow, NotFound, ProposalDecided, RevisionMismatch
from l1.domain.flow_file import parse_flow
from l1.domain.proposal import Growth
from tests.accounts import KEYBOARD
from tests.l1.database.building import Asked, built
from tests.l1.database.conftest import Quiet

PATH = (Asked("Is the printer's light on?", "No"), Asked("Is it plugged in?", "No", ("That was it", "No")))


@pytest.fixture
def proposals(quiet: Quiet) -> Proposals:
    return Proposals(quiet.database)


@pytest.fixture
def account_id() -> UUID:
    return uuid4()


@pytest_asyncio.fixture
async def proposal(quiet: Quiet, proposals: Proposals, account_id: UUID) -> Proposal:
    walk = await built(quiet.database, account_id, PATH, statement="The printer stays dark")
    await proposals.grow(walk, Growth(None, (), lambda _one, _other: False))
    [summary] = (await proposals.all(account_id, "open", Cut(50))).rows
    return await proposals.read(account_id, summary.id)


async def test_an_edit_replaces_what_makes_the_flow(proposals: Proposals, account_id: UUID, proposal: Proposal) -> None:
    start = replace(proposal.flow.tree.nodes["n1"], id="light", answers={"Yes": None, "No": None})
    flow = replace(
        proposal.flow,
        slug="dark-printer",
        title="Printer stays dark",
        category="hardware",
        description="No light at all.",
        keywords=("dark", "no light"),
        tree=replace(proposal.flow.tree, start="light", nodes={"light": start}),
    )
    edited = await proposals.edit(account_id, proposal.id, proposal.revision, flow, "Eve")
    assert edited.flow == flow
    assert list(edited.flow.tree.nodes["light"].answers) == ["Yes", "No"]
    assert (edited.revision, edited.edited_by) == (2, "Eve")
    assert edited.edited_at is not None
    assert edited == await proposals.read(account_id, proposal.id)
    [summary] = (await proposals.all(account_id, "open", Cut(50))).rows
    assert (summary.category, summary.slug, summary.title, summary.open_branches) == (
        "hardware",
        "dark-printer",
        "Printer stays dark",
        2,
    )


async def test_of_two_edits_of_one_revision_the_second_is_refused(
    proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    edits = (
        proposals.edit(account_id, proposal.id, 1, replace(proposal.flow, title=title), "Eve") for title in ("A", "B")
    )
    results = await asyncio.gather(*edits, return_exceptions=True)
    [refused] = [result for result in results if isinstance(result, RevisionMismatch)]
    assert refused.extra == {"revision": 2}
    again = await proposals.edit(account_id, proposal.id, None, replace(proposal.flow, title="C"), "Eve")
    assert (again.revision, again.flow.title) == (3, "C")


async def test_a_published_proposal_is_a_flow_whose_open_branches_stay_open(
    quiet: Quiet, proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    published = await proposals.publish(account_id, proposal.id, "Eve")
    assert (published.status, published.decided_by, published.flow_version) == ("published", "Eve", 1)
    assert published.flow_id is not None
    live = await Flows(quiet.database).live(account_id, published.flow_id)
    assert live is not None
    assert live.tree == publishable(proposal.flow.tree)
    assert live.tree.is_open
    assert (await proposals.all(account_id, "open", Cut(50))).rows == []
    [summary] = (await proposals.all(account_id, "published", Cut(50))).rows
    assert summary.id == proposal.id


async def test_publishing_again_or_twice_at_once_makes_one_version(
    quiet: Quiet, proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    first, second = await asyncio.gather(*(proposals.publish(account_id, proposal.id, name) for name in ("Eve", "Max")))
    assert first == second == await proposals.publish(account_id, proposal.id, "Eve")
    [flow] = [one for one in await Flows(quiet.database).all(account_id) if not one.shared]
    assert (flow.version, flow.draft_version) == (1, None)


async def test_published_under_the_slug_of_a_flow_it_is_the_next_version_of_that_flow(
    quiet: Quiet, proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    flows = Flows(quiet.database)
    saved = await flows.save_draft(account_id, parse_flow(KEYBOARD), "test", uuid4())
    await flows.publish(account_id, saved.id, "test")
    await proposals.edit(account_id, proposal.id, None, replace(proposal.flow, slug=saved.slug), "Eve")
    published = await proposals.publish(account_id, proposal.id, "Eve")
    assert (published.flow_id, published.flow_version) == (saved.id, 2)


async def test_what_callers_said_whom_it_helped_speaks_for_the_flow(
    quiet: Quiet, proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    for number in range(MOST_OF_A_KIND + 1):
        walk = await built(quiet.database, account_id, PATH, statement=f"Dark, case {number}")
        await proposals.grow(walk, Growth(proposal.id, (), lambda _one, _other: False))
    published = await proposals.publish(account_id, proposal.id, "Eve")
    assert published.flow_id is not None
    learned = await Exemplars(quiet.database).of(account_id, published.flow_id)
    assert all(exemplar.confirms for exemplar in learned)
    assert {exemplar.statement for exemplar in learned} == {
        f"Dark, case {number}" for number in range(1, MOST_OF_A_KIND + 1)
    }


async def test_a_tree_without_a_way_out_is_not_published(
    proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    circle = replace(proposal.flow.tree.nodes["n1"], answers={"Yes": "n1"})
    flow = replace(proposal.flow, tree=replace(proposal.flow.tree, nodes={"n1": circle}))
    await proposals.edit(account_id, proposal.id, None, flow, "Eve")
    with pytest.raises(InvalidFlow, match="can't end"):
        await proposals.publish(account_id, proposal.id, "Eve")
    assert (await proposals.read(account_id, proposal.id)).status == "open"


async def test_a_rejection_keeps_its_first_reason(proposals: Proposals, account_id: UUID, proposal: Proposal) -> None:
    rejected = await proposals.reject(account_id, proposal.id, "Asks the caller to open the case", "Eve")
    assert (rejected.status, rejected.decided_by, rejected.reject_reason) == (
        "rejected",
        "Eve",
        "Asks the caller to open the case",
    )
    assert await proposals.reject(account_id, proposal.id, "Another", "Max") == rejected
    [summary] = (await proposals.all(account_id, "rejected", Cut(50))).rows
    assert summary.id == proposal.id


async def test_what_is_decided_is_not_decided_otherwise_nor_edited(
    proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    await proposals.reject(account_id, proposal.id, "No", "Eve")
    with pytest.raises(ProposalDecided) as refused:
        await proposals.publish(account_id, proposal.id, "Eve")
    assert refused.value.extra == {"proposal_status": "rejected"}
    with pytest.raises(ProposalDecided):
        await proposals.edit(account_id, proposal.id, None, proposal.flow, "Eve")


async def test_what_is_published_is_not_rejected(proposals: Proposals, account_id: UUID, proposal: Proposal) -> None:
    await proposals.publish(account_id, proposal.id, "Eve")
    with pytest.raises(ProposalDecided):
        await proposals.reject(account_id, proposal.id, "No", "Eve")
    with pytest.raises(ProposalDecided):
        await proposals.edit(account_id, proposal.id, None, proposal.flow, "Eve")


async def test_of_a_publication_and_a_rejection_at_once_one_is_done(
    proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    results = await asyncio.gather(
        proposals.publish(account_id, proposal.id, "Eve"),
        proposals.reject(account_id, proposal.id, "No", "Max"),
        return_exceptions=True,
    )
    assert len([result for result in results if isinstance(result, ProposalDecided)]) == 1


async def test_a_proposal_that_is_not_there_is_not_found(proposals: Proposals, account_id: UUID) -> None:
    with pytest.raises(NotFound):
        await proposals.read(account_id, uuid4())
    with pytest.raises(NotFound):
        await proposals.publish(account_id, uuid4(), "Eve")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("status = 'lost', decided_at = now(), decided_by = 'x'", "status"),
        ("status = 'rejected', reject_reason = 'x'", "decided_by_somebody"),
        ("decided_at = now(), decided_by = 'x'", "decided_by_somebody"),
        ("status = 'rejected', decided_at = now(), decided_by = 'x'", "rejected_for_a_reason"),
        ("reject_reason = 'x'", "rejected_for_a_reason"),
        ("status = 'published', decided_at = now(), decided_by = 'x'", "published_as_a_version"),
        ("edited_at = now()", "edited_by_somebody"),
    ],
)
async def test_half_a_decision_is_refused(
    quiet: Quiet, account_id: UUID, proposal: Proposal, change: str, constraint: str
) -> None:
    with pytest.raises(DBAPIError, match=f"ck_flow_proposals_{constraint}"):
        await execute(quiet, account_id, f"UPDATE flow_proposals SET {change} WHERE id = '{proposal.id}'")  # noqa: S608 - from the list above


async def test_a_decided_proposal_never_changes(
    quiet: Quiet, proposals: Proposals, account_id: UUID, proposal: Proposal
) -> None:
    await proposals.reject(account_id, proposal.id, "No", "Eve")
    with pytest.raises(DBAPIError, match="never changes"):
        await execute(quiet, account_id, "UPDATE flow_proposals SET title = 'x'")


@pytest.mark.parametrize("statement", ["DELETE FROM flow_proposals", "DELETE FROM proposal_calls"])
async def test_nothing_of_a_proposal_is_deleted(
    quiet: Quiet, account_id: UUID, proposal: Proposal, statement: str
) -> None:
    assert proposal.calls
    with pytest.raises(DBAPIError, match="permission denied"):
        await execute(quiet, account_id, statement)


async def test_a_walk_on_a_proposal_names_it(quiet: Quiet, account_id: UUID, proposal: Proposal) -> None:
    assert proposal.calls
    with pytest.raises(DBAPIError, match="ck_walks_proposal_is_named"):
        await execute(quiet, account_id, "UPDATE walks SET kind = 'proposal'")


async def execute(quiet: Quiet, account_id: UUID, statement: str) -> None:
    async with quiet.database.account(account_id) as connection:
        await connection.execute(text(statement))
