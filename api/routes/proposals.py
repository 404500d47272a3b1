"""Flow proposals: trees that were built in calls and helped, for engineers to edit, publish or reject."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.auth import Engineer
from api.dependencies import Parts, parts_of
from api.flow_files import FlowFile, read_flow
from api.idempotency import IdempotencyKey, IfMatch, expected_revision, once, request_key
from api.paging import PAGED, Cursor, Limit, by_time, show
from api.problems import responses
from api.responses import with_etag
from api.schemas import (
    NodeCountResponse,
    OpenBranchResponse,
    PersonResponse,
    ProposalCallResponse,
    ProposalDetailResponse,
    ProposalItem,
    ProposalResponse,
    RejectRequest,
)
from l1.database.proposals import Proposal, ProposalCall
from l1.domain.branches import open_branches
from l1.domain.flow_file import flow_to_raw
from l1.domain.proposal import ProposalStatus

router = APIRouter(prefix="/proposals", tags=["proposals"])

AllParts = Annotated[Parts, Depends(parts_of)]


@router.get("", responses=PAGED | responses())
async def proposals(
    request: Request,
    response: Response,
    principal: Engineer,
    parts: AllParts,
    status: ProposalStatus = ProposalStatus.OPEN,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[ProposalItem]:
    """The account's proposals of one status, latest first."""
    page = await parts.proposals.all(principal.account_id, status, by_time(cursor, limit))
    show(page, request, response)
    return [
        ProposalItem(
            id=found.id,
            status=found.status,
            category=found.category,
            slug=found.slug,
            title=found.title,
            revision=found.revision,
            created_at=found.created_at,
            updated_at=found.updated_at,
            call_count=found.calls,
            helped_count=found.helped,
            open_branch_count=found.open_branches,
        )
        for found in page.rows
    ]


@router.get("/{proposal_id}", responses=responses(404))
async def read_proposal(
    proposal_id: UUID, principal: Engineer, parts: AllParts, response: Response
) -> ProposalDetailResponse:
    """A proposal as a flow file, with the calls behind it and how often each node was walked and helped."""
    return with_etag(_detail(await parts.proposals.read(principal.account_id, proposal_id)), response)


@router.put("/{proposal_id}", responses=responses(404, 409, 412))
async def edit_proposal(
    proposal_id: UUID,
    principal: Engineer,
    parts: AllParts,
    response: Response,
    body: FlowFile,
    if_match: IfMatch = None,
) -> ProposalDetailResponse:
    """Replace what the proposal is to be published as. Calls that help go on growing it."""
    flow = read_flow(body)
    expected = expected_revision(if_match)
    edited = await parts.proposals.edit(principal.account_id, proposal_id, expected, flow, str(principal.user_id))
    return with_etag(_detail(edited), response)


@router.post("/{proposal_id}/publish", responses=responses(404, 409, 412))
async def publish_proposal(
    proposal_id: UUID,
    request: Request,
    principal: Engineer,
    parts: AllParts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ProposalResponse:
    """Publish it as the next version of the flow of its slug, and match calls to it from now on.

    Answers that say that the problem is solved lead to a resolution. A call that takes a branch that is still open goes
    on being built from there, and grows the proposal for the next version. A tree in which no answer leads to a
    resolution is refused. Matching learns the words of the callers whom the proposal has helped.
    """
    expected = expected_revision(if_match)

    async def publish() -> ProposalResponse:
        author = str(principal.user_id)
        return _response(await parts.proposals.publish(principal.account_id, proposal_id, author, expected))

    key = request_key(request, principal, idempotency_key, None)
    return with_etag(await once(parts.idempotent_responses, principal, key, ProposalResponse, publish), response)


@router.post("/{proposal_id}/reject", responses=responses(404, 409, 412))
async def reject_proposal(
    proposal_id: UUID,
    request: Request,
    principal: Engineer,
    parts: AllParts,
    response: Response,
    body: RejectRequest,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ProposalResponse:
    """Close it unpublished. Calls about the same problem may grow another."""
    expected = expected_revision(if_match)

    async def reject() -> ProposalResponse:
        author = str(principal.user_id)
        return _response(await parts.proposals.reject(principal.account_id, proposal_id, body.reason, author, expected))

    key = request_key(request, principal, idempotency_key, body.model_dump(mode="json"))
    return with_etag(await once(parts.idempotent_responses, principal, key, ProposalResponse, reject), response)


def _response(proposal: Proposal) -> ProposalResponse:
    return ProposalResponse(
        id=proposal.id,
        status=proposal.status,
        category=proposal.flow.category,
        slug=proposal.flow.slug,
        title=proposal.flow.title,
        description=proposal.flow.description,
        keywords=list(proposal.flow.keywords),
        revision=proposal.revision,
        created_at=proposal.created_at,
        updated_at=proposal.updated_at,
        edited_at=proposal.edited_at,
        edited_by=proposal.edited_by,
        decided_at=proposal.decided_at,
        decided_by=proposal.decided_by,
        reject_reason=proposal.reject_reason,
        flow_id=proposal.flow_id,
        flow_version=proposal.flow_version,
    )


def _detail(proposal: Proposal) -> ProposalDetailResponse:
    return ProposalDetailResponse(
        **_response(proposal).model_dump(),
        flow=flow_to_raw(proposal.flow),
        open_branches=[
            OpenBranchResponse(node_id=node_id, answer=answer) for node_id, answer in open_branches(proposal.flow.tree)
        ],
        nodes={
            node_id: NodeCountResponse(walked=count.walked, helped=count.helped)
            for node_id, count in proposal.nodes.items()
        },
        calls=[_call(call) for call in proposal.calls],
    )


def _call(call: ProposalCall) -> ProposalCallResponse:
    return ProposalCallResponse(
        session_id=call.session_id,
        ticket_id=call.ticket_id,
        problem_statement=call.problem_statement,
        owner=PersonResponse(id=call.owner.id, name=call.owner.name),
        status=call.status,
        resolution_notes=call.resolution_notes,
        at=call.at,
        helped=call.helped,
        joined=call.joined,
        path=list(call.path),
    )
