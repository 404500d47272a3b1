"""Where an account's notifications go, and how their deliveries went."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from api.auth import Administrator
from api.dependencies import Allowed, Parts, parts_of
from api.idempotency import IdempotencyKey, once, request_key
from api.paging import PAGED, Cursor, Limit, by_time, show
from api.problems import responses
from api.target_schemas import DeliveryResponse, TargetRequest, TargetResponse, TargetSecretResponse
from l1.database.deliveries import Delivery
from l1.database.targets import NewTarget, Target
from l1.domain.delivery import DeliveryStatus, TargetKind, Wishes
from l1.domain.errors import InvalidTarget
from l1.domain.naming import ticket_number
from l1.notify.addresses import fault_in_url
from l1.temporal.delivering import start_delivering

router = APIRouter(tags=["notifications"])

AllParts = Annotated[Parts, Depends(parts_of)]
StatusFilter = Annotated[
    DeliveryStatus | SkipJsonSchema[None], Query(alias="status", description="Unset: deliveries of every status.")
]


@router.get("/targets", responses=PAGED | responses())
async def targets(
    request: Request,
    response: Response,
    principal: Administrator,
    parts: AllParts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[TargetResponse]:
    """The account's targets, oldest first, without addresses and secrets."""
    page = await parts.targets.page(principal.account_id, by_time(cursor, limit))
    show(page, request, response)
    return [_target(target) for target in page.rows]


@router.post("/targets", responses=responses(404, 409))
async def add_target(
    request: Request,
    principal: Administrator,
    parts: AllParts,
    body: TargetRequest,
    idempotency_key: IdempotencyKey = None,
) -> TargetSecretResponse:
    """Notify somebody of what happens to calls from now on.

    A webhook gets a secret that signs each delivery after the Standard Webhooks specification; it is shown here and
    never again.
    """
    addresses = _addresses(body, parts.allowed)
    key = request_key(request, principal, idempotency_key, body.model_dump(mode="json"))
    new = NewTarget(
        id=key.command_id,
        kind=body.kind,
        name=body.name,
        wishes=Wishes(body.events, body.tiers, body.roles),
        include_details=body.include_details,
        addresses=addresses,
        created_by=str(principal.user_id),
    )

    async def add() -> TargetResponse:
        return _target(await parts.targets.add(principal.account_id, new))

    added = await once(parts.idempotent_responses, principal, key, TargetResponse, add)
    return await _with_secret(parts, principal.account_id, added)


@router.post("/targets/{target_id}/rotate", responses=responses(404))
async def rotate_secret(
    target_id: UUID,
    request: Request,
    principal: Administrator,
    parts: AllParts,
    idempotency_key: IdempotencyKey = None,
) -> TargetSecretResponse:
    """Give a webhook a new secret. For 24 hours the old one signs beside it, so that the receiver can change over."""
    key = request_key(request, principal, idempotency_key, None)

    async def rotate() -> TargetResponse:
        return _target(await parts.targets.rotate(principal.account_id, target_id, key.command_id))

    rotated = await once(parts.idempotent_responses, principal, key, TargetResponse, rotate)
    return await _with_secret(parts, principal.account_id, rotated)


@router.delete("/targets/{target_id}", status_code=204, responses=responses(404))
async def remove_target(target_id: UUID, principal: Administrator, parts: AllParts) -> None:
    """Notify it no more. Its deliveries go with it, those too that have not arrived."""
    await parts.targets.remove(principal.account_id, target_id)


@router.get("/deliveries", responses=PAGED | responses())
async def deliveries(
    request: Request,
    response: Response,
    principal: Administrator,
    parts: AllParts,
    status: StatusFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[DeliveryResponse]:
    """What targets were told, or are still to be told, latest first."""
    page = await parts.deliveries.page(principal.account_id, status, by_time(cursor, limit))
    show(page, request, response)
    return [_delivery(delivery) for delivery in page.rows]


@router.post("/deliveries/{delivery_id}/retry", responses=responses(404, 409))
async def retry_delivery(
    delivery_id: UUID,
    request: Request,
    principal: Administrator,
    parts: AllParts,
    idempotency_key: IdempotencyKey = None,
) -> DeliveryResponse:
    """Try a delivery that has failed once more, under the same id; one that is pending stays so."""

    async def retry() -> DeliveryResponse:
        return _delivery(await parts.deliveries.retry(principal.account_id, delivery_id))

    key = request_key(request, principal, idempotency_key, None)
    retried = await once(parts.idempotent_responses, principal, key, DeliveryResponse, retry)
    await start_delivering(parts.temporal, principal.account_id, retried.session_id)
    return retried


def _addresses(body: TargetRequest, allowed: Allowed) -> list[str]:
    """Check what the kind of the target needs; raises InvalidTarget. Nothing of an address is repeated."""
    if body.kind is TargetKind.EMAIL:
        if not body.addresses or body.url is not None:
            raise InvalidTarget("An `email` target takes `addresses`, and no `url`.", field="addresses")
        if not allowed.mail:
            raise InvalidTarget(
                "This installation sends no mail: set L1_SMTP_URL and L1_SMTP_FROM for its workers, and L1_SMTP_FROM "
                "for its API.",
                field="kind",
            )
        return body.addresses
    if body.url is None or body.addresses is not None:
        raise InvalidTarget(f"A `{body.kind}` target takes a `url`, and no `addresses`.", field="url")
    if fault := fault_in_url(body.url, allow_private=allowed.private_addresses):
        raise InvalidTarget(f"The url {fault}.", field="url")
    return [body.url]


async def _with_secret(parts: Parts, account_id: UUID, shown: TargetResponse) -> TargetSecretResponse:
    """Add the secret, which is kept nowhere but with the target: not in what is kept for the same request again."""
    return TargetSecretResponse(**shown.model_dump(), secret=await parts.targets.secret(account_id, shown.id))


def _target(target: Target) -> TargetResponse:
    wishes = target.wishes
    return TargetResponse(
        id=target.id,
        kind=target.kind,
        name=target.name,
        events=None if wishes.events is None else list(wishes.events),
        tiers=None if wishes.tiers is None else list(wishes.tiers),
        roles=None if wishes.roles is None else list(wishes.roles),
        include_details=target.include_details,
        created_at=target.created_at,
        created_by=target.created_by,
        previous_secret_until=target.previous_until,
        disabled_at=target.disabled_at,
        disabled_because=target.disabled_because,
    )


def _delivery(delivery: Delivery) -> DeliveryResponse:
    return DeliveryResponse(
        id=delivery.id,
        target_id=delivery.target_id,
        target_kind=delivery.target_kind,
        target_name=delivery.target_name,
        session_id=delivery.session_id,
        ticket_number=ticket_number(delivery.ticket_number),
        event=delivery.kind,
        status=delivery.status,
        attempts=delivery.attempts,
        fault=delivery.fault,
        created_at=delivery.created_at,
        tried_at=delivery.tried_at,
        settled_at=delivery.settled_at,
    )
