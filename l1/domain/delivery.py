"""Who is told of what happens to calls: which events notify, and which of them a target wants."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from l1.domain.events import Event, Opened
from l1.domain.roles import Role
from l1.domain.session import TIMEOUT, Status


class TargetKind(StrEnum):
    """`slack` and `teams` are incoming webhooks, whose addresses are secrets."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SLACK = "slack"
    TEAMS = "teams"


class DeliveryStatus(StrEnum):
    """`failed`: nobody tries any more, unless somebody asks for it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Notifying(StrEnum):
    """The kinds of events that anybody is told of; of `resumed`, those alone that nobody did: a hold has ended."""

    ESCALATED = "escalated"
    RELEASED = "released"
    REMINDED = "reminded"
    TIER_REACHED = "tier_reached"
    UNANSWERED = "unanswered"
    CLAIMED = "claimed"
    HANDED_BACK = "handed_back"
    STALL_WARNED = "stall_warned"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"


_ALL: Final = frozenset(Notifying)
_ASKS_A_TIER: Final = frozenset({Notifying.ESCALATED, Notifying.RELEASED, Notifying.REMINDED, Notifying.TIER_REACHED})
"""They ask engineers to take a call."""


@dataclass(frozen=True)
class Wishes:
    """What a target wants to be told of; None is everything.

    `tiers`, counted from 1, choose among the events that ask a tier to take the call. `roles` choose the events that
    concern one of them.
    """

    events: Collection[Notifying] | None = None
    tiers: Collection[int] | None = None
    roles: Collection[Role] | None = None


@dataclass(frozen=True)
class DeliveriesOf:
    """What is pending of one walk."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class PendingDelivery:
    """One event that one target is still to be told of."""

    id: UUID
    target_id: UUID
    kind: Notifying


def notifying(event: Event) -> Notifying | None:
    """Return as what somebody is told of the event; None where nobody is.

    A call that is handed over without a walk is escalated from its first event on.
    """
    if isinstance(event.body, Opened):
        return Notifying.ESCALATED if event.body.walk.status is Status.ESCALATED else None
    kind: str = event.body.kind
    if kind not in _ALL or (kind == Notifying.RESUMED and event.actor.id != TIMEOUT.id):
        return None
    return Notifying(kind)


def tier_of(event: Event) -> int | None:
    """Return the tier that the event asks to take the call; None for an event that asks none."""
    if notifying(event) not in _ASKS_A_TIER:
        return None
    tier: int = getattr(event.body, "tier", 1)
    return tier


def roles_of(event: Event) -> Collection[Role]:
    """Return whom the event concerns."""
    if tier_of(event) is not None:
        return (Role.ENGINEER, Role.ADMIN, Role.OWNER)
    return (Role.L1, Role.OWNER) if notifying(event) is Notifying.UNANSWERED else (Role.L1,)


def is_wanted(wishes: Wishes, event: Event) -> bool:
    """Tell whether a target with these wishes is to be told of an event that notifies."""
    tier = tier_of(event)
    return (
        (wishes.events is None or notifying(event) in wishes.events)
        and (wishes.tiers is None or tier is None or tier in wishes.tiers)
        and (wishes.roles is None or not set(wishes.roles).isdisjoint(roles_of(event)))
    )
