"""The flow library and the categories."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Depends, Request
from pydantic import WithJsonSchema

from api.auth import Administrator, Anyone, Engineer, Principal
from api.dependencies import Parts, parts_of
from api.idempotency import IdempotencyKey, RequestKey, request_key
from api.problems import MOST_FAULTS, responses
from api.schemas import CategoriesAnswer, CategoriesBody, CategoryAnswer, ExemplarAnswer, FlowAnswer, FlowDetailAnswer
from database.answers import KeptAnswer
from database.flows import FlowSummary
from database.policies import AccountPolicy, CategoryPolicy
from domain import limits
from domain.categories import CATEGORIES
from domain.errors import InvalidFlow
from domain.flow_file import (
    CATEGORY,
    MAX_ANSWERS,
    MAX_DESCRIPTION,
    MAX_KEYWORD,
    MAX_KEYWORDS,
    MAX_NODES,
    MAX_TITLE,
    NODE_ID,
    REASON_CATEGORY,
    SLUG,
    FlowInvalid,
    Slug,
    flow_to_raw,
    parse_flow,
)
from domain.tree import Flow, NodeKind

router = APIRouter(tags=["library"])

AllParts = Annotated[Parts, Depends(parts_of)]

_FLOW_EXAMPLE = {
    "id": "keyboard-types-wrong-letters",
    "title": "Keyboard types the wrong letters",
    "category": "hardware",
    "description": "Letters come out as others or as numbers.",
    "keywords": ["keyboard", "wrong letters", "num lock"],
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Is Num Lock lit?", "answers": {"Yes": "n2", "No": "n3"}},
        "n2": {"kind": "instruction", "text": "Press Num Lock.", "answers": {"It works": "fixed", "No change": "n3"}},
        "fixed": {"kind": "resolution", "text": "Num Lock turned letters into numbers."},
        "n3": {"kind": "escalation", "text": "Have the keyboard looked at.", "reason_category": "hardware_failure"},
    },
}


def _named(rule: Slug) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{rule.pattern.pattern}$", "maxLength": rule.limit}


def _worded(limit: int, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": limit}


_NODE_SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"enum": [kind.value for kind in NodeKind]},
        "text": _worded(limits.NODE_TEXT),
        "answers": {
            "type": "object",
            "description": "What can be answered, and the node to which it leads.",
            "additionalProperties": _named(NODE_ID),
            "maxProperties": MAX_ANSWERS,
        },
        "reason_category": _named(REASON_CATEGORY),
    },
    "required": ["kind", "text"],
    "additionalProperties": False,
}
# Told, not enforced: `parse_flow` checks all of this and more, and names every fault with its place.
_FLOW_SCHEMA = {
    "type": "object",
    "title": "FlowFile",
    "properties": {
        "id": _named(SLUG),
        "title": _worded(MAX_TITLE),
        "category": _named(CATEGORY),
        "description": _worded(MAX_DESCRIPTION, least=0),
        "keywords": {"type": "array", "items": _worded(MAX_KEYWORD), "maxItems": MAX_KEYWORDS},
        "start": _named(NODE_ID),
        "nodes": {
            "type": "object",
            "additionalProperties": _NODE_SCHEMA,
            "minProperties": 1,
            "maxProperties": MAX_NODES,
        },
    },
    "required": ["id", "title", "category", "start", "nodes"],
    "additionalProperties": False,
}

FlowFile = Annotated[
    dict[str, Any],
    WithJsonSchema(_FLOW_SCHEMA),
    Body(description="A flow file as JSON.", openapi_examples={"keyboard": {"value": _FLOW_EXAMPLE}}),
]


@router.get("/flows", responses=responses())
async def flows(principal: Anyone, parts: AllParts) -> list[FlowAnswer]:
    """The account's own flows and the shared ones, by title."""
    return [_flow(flow) for flow in await parts.flows.all(principal.account_id)]


@router.get("/flows/{flow_id}", responses=responses(404))
async def flow(flow_id: UUID, principal: Anyone, parts: AllParts) -> FlowDetailAnswer:
    summary, content = await parts.flows.read(principal.account_id, flow_id)
    return FlowDetailAnswer(**_flow(summary).model_dump(), flow=flow_to_raw(content))


@router.post("/flows", responses=responses())
async def save_flow(
    request: Request, principal: Engineer, parts: AllParts, body: FlowFile, idempotency_key: IdempotencyKey = None
) -> FlowAnswer:
    """Save a flow as a draft. The same slug again replaces the draft of that flow; what is published stays."""
    checked = _read_flow(body)

    async def save() -> FlowAnswer:
        author = str(principal.user_id)
        return _flow(await parts.flows.save_draft(principal.account_id, checked, author, uuid4()), draft=True)

    return await _once(parts, principal, request_key(request, principal, idempotency_key, body), save)


@router.post("/flows/{flow_id}/publish", responses=responses(404))
async def publish_flow(
    flow_id: UUID, request: Request, principal: Engineer, parts: AllParts, idempotency_key: IdempotencyKey = None
) -> FlowAnswer:
    """Freeze the draft as the next version, which never changes, and match calls to it from now on."""

    async def publish() -> FlowAnswer:
        return _flow(await parts.flows.publish(principal.account_id, flow_id, str(principal.user_id)))

    return await _once(parts, principal, request_key(request, principal, idempotency_key, None), publish)


@router.post("/flows/{flow_id}/unpublish", responses=responses(404))
async def unpublish_flow(
    flow_id: UUID, request: Request, principal: Engineer, parts: AllParts, idempotency_key: IdempotencyKey = None
) -> FlowAnswer:
    """Match no more calls to the flow. Walks that are on it go on."""

    async def unpublish() -> FlowAnswer:
        return _flow(await parts.flows.unpublish(principal.account_id, flow_id))

    return await _once(parts, principal, request_key(request, principal, idempotency_key, None), unpublish)


@router.get("/flows/{flow_id}/exemplars", responses=responses(404))
async def exemplars(flow_id: UUID, principal: Engineer, parts: AllParts) -> list[ExemplarAnswer]:
    """What callers said whom the flow has helped, or was wrong for: matching has learned from it. Latest first."""
    return [
        ExemplarAnswer(
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
async def categories(principal: Anyone, parts: AllParts) -> CategoriesAnswer:
    """Which categories may be built by AI, and how long their calls may be quiet."""
    return _categories(await parts.policies.read(principal.account_id))


@router.put("/categories", responses=responses())
async def set_categories(principal: Administrator, parts: AllParts, body: CategoriesBody) -> CategoriesAnswer:
    """Set the account's limit and the categories named; the others stay as they are."""
    policies = [CategoryPolicy(item.category, item.may_build, item.stall_after) for item in body.categories]
    await parts.policies.write(principal.account_id, AccountPolicy(body.stall_after, policies))
    return _categories(await parts.policies.read(principal.account_id))


async def _once(
    parts: Parts, principal: Principal, key: RequestKey, act: Callable[[], Awaitable[FlowAnswer]]
) -> FlowAnswer:
    """Act, and keep the answer under the idempotency key.

    Each act here changes nothing when it is done twice, so an answer that was lost on the way is simply made again.
    """
    if not key.is_repeatable:
        return await act()
    kept = await parts.answers.read(principal.account_id, key.command_id)
    if kept is None:
        answer = KeptAnswer(key.fingerprint, (await act()).model_dump(mode="json"))
        await parts.answers.keep(principal.account_id, key.command_id, answer)
        kept = await parts.answers.read(principal.account_id, key.command_id) or answer
    key.check(kept.fingerprint)
    return FlowAnswer.model_validate(kept.body)


def _read_flow(body: dict[str, Any]) -> Flow:
    try:
        return parse_flow(body)
    except FlowInvalid as error:
        faults = [{"field": fault.place, "message": fault.message} for fault in error.faults[:MOST_FAULTS]]
        detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:3])
        raise InvalidFlow(detail, errors=faults) from error


def _flow(summary: FlowSummary, *, draft: bool = False) -> FlowAnswer:
    """Tell of a flow; `draft`: of its draft, as the answer to who has just saved it."""
    shows_draft = draft and summary.draft_version is not None
    return FlowAnswer(
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


def _categories(policy: AccountPolicy) -> CategoriesAnswer:
    titles = {category.slug: category.title for category in CATEGORIES}
    return CategoriesAnswer(
        stall_after=policy.stall_after,
        categories=[
            CategoryAnswer(
                category=item.category,
                title=titles.get(item.category, item.category),
                may_build=item.may_build,
                stall_after=item.stall_after,
            )
            for item in policy.categories
        ],
    )
