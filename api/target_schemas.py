"""Bodies of the requests and responses about notifications."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas import TargetName
from l1.domain import limits
from l1.domain.delivery import DeliveryStatus, Notifying, TargetKind
from l1.domain.roles import Role

_ATEXT = r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"

Url = Annotated[str, StringConstraints(max_length=limits.TARGET_URL, pattern=r"^https?://[\x21-\x7e]+$")]
MailAddress = Annotated[str, StringConstraints(max_length=254, pattern=f"^{_ATEXT}@{_HOST}$")]
Event = Annotated[Notifying, Field(strict=False)]
Tier = Annotated[int, Field(ge=1, le=limits.MOST_TIERS)]


class TargetRequest(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "kind": "webhook",
                    "name": "Pager",
                    "url": "https://hooks.example.com/l1",
                    "events": ["escalated", "reminded", "tier_reached"],
                }
            ]
        },
    )

    kind: Annotated[TargetKind, Field(strict=False)]
    name: TargetName = Field(examples=["Pager"], description="Tells targets apart: an address is never shown again.")
    url: Url | None = Field(None, description="Where a webhook, Slack or Teams is posted to. Kept like a password.")
    addresses: Annotated[list[MailAddress], Field(min_length=1, max_length=limits.TARGET_ADDRESSES)] | None = Field(
        None, description="The addresses of an `email` target; each mail goes to all of them."
    )
    events: Annotated[list[Event], Field(min_length=1, max_length=50)] | None = Field(
        None, description="What it is told of; left out, of everything that notifies."
    )
    tiers: Annotated[list[Tier], Field(min_length=1, max_length=limits.MOST_TIERS)] | None = Field(
        None,
        description="Of the events that ask a tier to take a call, those of these tiers, counted from 1; the other "
        "events come all the same. Left out: of every tier.",
    )
    roles: Annotated[list[Annotated[Role, Field(strict=False)]], Field(min_length=1, max_length=4)] | None = Field(
        None, description="The events that concern one of these roles; left out, all."
    )
    include_details: bool = Field(
        default=False,
        description="Whether it is told the customer's name and contact, the problem and the reasons, too.",
    )


class TargetResponse(BaseModel):
    """A target without its address. `disabled_because`: why nothing is delivered to it any more."""

    id: UUID
    kind: TargetKind
    name: str
    events: list[Notifying] | None
    tiers: list[int] | None
    roles: list[Role] | None
    include_details: bool
    created_at: datetime
    created_by: str
    previous_secret_until: datetime | None = Field(
        description="Until then the secret before the latest rotation signs beside the current one."
    )
    disabled_at: datetime | None
    disabled_because: str | None


class TargetSecretResponse(TargetResponse):
    secret: str | None = Field(
        description="What verifies the signatures of a webhook. Never shown again; null for other kinds.",
        examples=["whsec_…"],
    )


class DeliveryResponse(BaseModel):
    """One event for one target. `fault`: why the latest attempt failed."""

    id: UUID = Field(description="The `webhook-id` of each attempt.")
    target_id: UUID
    target_kind: TargetKind
    target_name: str
    session_id: UUID
    ticket_number: str
    event: Notifying
    status: DeliveryStatus
    attempts: int
    fault: str | None
    created_at: datetime
    tried_at: datetime | None
    settled_at: datetime | None
