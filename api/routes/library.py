"""The flow library and the categories."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response

from api.auth import Administrator, Anyone, Engineer
from api.dependencies import Parts, parts_of
from api.flow_files import FlowFile, read_flow
from api.idempotency import IdempotencyKey, once, request_key
from api.paging import PAGED, Cursor, Limit, by_text, show
from api.problems import responses
from api.schemas import (
    CategoriesBody,
    CategoriesResponse,
    CategoryResponse,
    ExemplarResponse,
    FlowDetailResponse,
    FlowResponse,
)
from l1.database.flows import FlowSummary
from l1.database.policies import AccountChange, AccountPolicy, CategoryChange
from l1.domain.categories import title_of
from l1.domain.flow_file import flow_to_raw

router = APIRouter(tags=["library"])

AllParts = Annotated[Parts, Depends(parts_of)]


@router.get("/flows", responses=PAGED | responses())
async def flows(
    request: Request,
    response: Response,
    principal: Anyone,
    parts: AllParts,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> list[FlowResponse]:
    """The account's own flows and the shared ones, by title."""
    page = await parts.flows.page(principal.account_id, by_text(cursor, limit))
    show(page, request, response)
    return [_flow(flow) for flow in page.rows]


@router.get("/flows/{flow_id}", responses=responses(404))
async def flow(flow_id: UUID, principal: Anyone, parts: AllParts) -> FlowDetailResponse:
    summary, content = await parts.flows.read(principal.account_id, flow_id)
    return FlowDetailResponse(**_flow(summary).model_dump(), flow=flow_to_raw(content))


@router.post("/flows", responses=responses())
async def save_flow(
    request: Request, principal: Engineer, parts: AllParts, body: FlowFile, idempotency_key: IdempotencyKey = None
) -> FlowResponse:
    """Save a flow as a draft. The same slug again replaces the draft of that flow; what is published stays.

    A draft may have open branches, as the flow of a published proposal has: answers that lead to null.
    """
    checked = read_flow(body)

    async def save() -> FlowResponse:
        author = str(principal.user_id)
        return _flow(await parts.flows.save_draft(principal.account_id, checked, author, uuid4()), draft=True)

    key = request_key(request, principal, idempotency_key, body)
    return await once(parts.idempotent_responses, principal, key, FlowResponse, save)


@router.post("/flows/{flow_id}/publish", responses=responses(404))
async def publish_flow(
    flow_id: UUID, request: Request, principal: Engineer, parts: AllParts, idempotency_key: IdempotencyKey = None
) -> FlowResponse:
    """Freeze the draft as the next version, which never changes, and match calls to it from now on.

    Of one with open branches, answers that say that the problem is solved get a resolution, and it must have one.
    """

    async def publish() -> FlowResponse:
        return _flow(await parts.flows.publish(principal.account_id, flow_id, str(principal.user_id)))

    key = request_key(request, principal, idempotency_key, None)
    return await once(parts.idempotent_responses, principal, key, FlowResponse, publish)


@router.post("/flows/{flow_id}/unpublish", responses=responses(404))
async def unpublish_flow(
    flow_id: UUID, request: Request, principal: Engineer, parts: AllParts, idempotency_key: IdempotencyKey = None
) -> FlowResponse:
    """Match no more calls to the flow. Walks that are on it go on."""

    async def unpublish() -> FlowResponse:
        return _flow(await parts.flows.unpublish(principal.account_id, flow_id))

    key = request_key(request, principal, idempotency_key, None)
    return await once(parts.idempotent_responses, principal, key, FlowResponse, unpublish)


@router.get("/flows/{flow_id}/exemplars", responses=responses(404))
async def exemplars(flow_id: UUID, principal: Engineer, parts: AllParts) -> list[ExemplarResponse]:
    """What callers said whom the flow has helped, or was wrong for: matching has learned from it. Latest first."""
    return [
        ExemplarResponse(
            id=exemplar.id,
            statement=exemplar.statement,
            confirms=exemplar.confirms,
            session_id=exemplar.session_id,
            learned_at=exemplar.learned_at,
        )
        for exemplar in await parts.exemplars.of(principal.account_id, flow_id)
    ]


@router.delete("/flows/{flow_id}/exemplars/{exemplar_id}", status_code=204, responses=responses(404))
async def remove_exemplar(flow_id: UUID, exemplar_id: UUID, principal: Engineer, parts: AllParts) -> None:
    """Unlearn one: its words no longer count for or against the flow."""
    await parts.exemplars.remove(principal.account_id, flow_id, exemplar_id)


@router.get("/categories", responses=responses())
async def categories(principal: Anyone, parts: AllParts) -> CategoriesResponse:
    """Which categories may be built by AI, and how long their calls may be quiet."""
    return _categories(await parts.policies.read(principal.account_id))


@router.put("/categories", responses=responses())
async def set_categories(principal: Administrator, parts: AllParts, body: CategoriesBody) -> CategoriesResponse:
    """Change what is named, of the account and of its categories; everything else stays as it is."""
    account: AccountChange = body.model_dump(exclude_unset=True, exclude={"categories"})  # type: ignore[assignment]
    changes: dict[str, CategoryChange] = {}
    for item in body.categories:
        named = item.model_dump(exclude_unset=True, exclude={"category"})
        changes[item.category] = {**changes.get(item.category, {}), **named}  # type: ignore[typeddict-item]
    await parts.policies.change(principal.account_id, account, changes)
    return _categories(await parts.policies.read(principal.account_id))


def _flow(summary: FlowSummary, *, draft: bool = False) -> FlowResponse:
    """Tell of a flow; `draft`: of its draft, as the response to who has just saved it."""
    shows_draft = draft and summary.draft_version is not None
    return FlowResponse(
        id=summary.id,
        slug=summary.slug,
        title=summary.title,
        category=summary.category,
        status="draft" if shows_draft else summary.status,
        version=summary.draft_version if shows_draft and summary.draft_version else summary.version,
        draft_version=summary.draft_version,
        shared=summary.shared,
        created_at=summary.created_at,
    )


def _categories(policy: AccountPolicy) -> CategoriesResponse:
    return CategoriesResponse(
        stall_after=policy.stall_after,
        walk_proposals=policy.walk_proposals,
        escalate_unconfirmed=policy.escalate_unconfirmed,
        categories=[
            CategoryResponse(
                category=item.category,
                title=title_of(item.category),
                builder=item.builder,
                stall_after=item.stall_after,
            )
            for item in policy.categories
        ],
    )
