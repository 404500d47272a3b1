"""What is told of an event: made from the event and from the walk as it left it, so that each attempt says the same.

Without `include_details` nothing of it comes from a customer: ids, the ticket's number, what happened, and who of the
account's own people did it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from l1.domain.delivery import Notifying, notifying, tier_of
from l1.domain.events import Event
from l1.domain.naming import ticket_number
from l1.domain.reasons import KNOWN_REASONS
from l1.domain.session import Actor, Walk

HAPPENED: Mapping[Notifying, str] = {
    Notifying.ESCALATED: "needs an engineer",
    Notifying.RELEASED: "needs another engineer",
    Notifying.REMINDED: "still needs an engineer",
    Notifying.TIER_REACHED: "needs an engineer of the next tier",
    Notifying.UNANSWERED: "is taken by no engineer",
    Notifying.CLAIMED: "has an engineer",
    Notifying.HANDED_BACK: "is back with L1",
    Notifying.STALL_WARNED: "will be escalated soon",
    Notifying.RESUMED: "is no longer on hold",
    Notifying.RESOLVED: "is resolved",
    Notifying.REOPENED: "is open again",
}


_SHOWN = 1_000
"""Characters of one text that people are shown: Teams takes 28 KB in all, and who wants more opens the call."""


@dataclass(frozen=True)
class Message:
    """`id` names the delivery, at every attempt. `body` is what programs get, the rest what people read."""

    id: UUID
    session_id: UUID
    at: datetime
    body: str
    title: str
    facts: Sequence[tuple[str, str]]
    link: str | None


def message_of(
    delivery_id: UUID, event: Event, walk: Walk, *, include_details: bool, public_url: str | None
) -> Message:
    """Raises ValueError for an event of which nobody is told."""
    kind = notifying(event)
    if kind is None:
        raise ValueError(f"nobody is told of {event.body.kind}")
    escalation = walk.escalation
    number = ticket_number(walk.ticket.number)
    link = None if public_url is None else link_to(public_url, walk.session_id)
    reason = None if escalation is None else _known(escalation.reason_category, include_details=include_details)
    told = {
        "account_id": str(walk.account_id),
        "session_id": str(walk.session_id),
        "ticket_id": str(walk.ticket.id),
        "ticket_number": number,
        "revision": event.revision,
        "event": kind,
        "status": walk.status,
        "session_kind": walk.session_kind,
        "category": walk.category,
        "reason_category": reason,
        "tier": tier_of(event),
        "number": getattr(event.body, "number", None),
        "by": _person(event.actor),
        "owner": _person(walk.owner),
        "link": link,
    }
    details = _details(walk) if include_details else None
    body = {
        "type": f"call.{kind}",
        "timestamp": event.at.isoformat(),
        "data": told if details is None else {**told, "details": details},
    }
    facts = [
        ("Status", str(walk.status)),
        ("Category", walk.category),
        ("Reason", reason),
        ("Tier", None if told["tier"] is None else str(told["tier"])),
        ("By", event.actor.name or event.actor.id),
        ("Owner", walk.owner.name or walk.owner.id),
        *[(name.replace("_", " ").capitalize(), value) for name, value in (details or {}).items()],
    ]
    return Message(
        delivery_id,
        walk.session_id,
        event.at,
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        f"{number} {HAPPENED[kind]}",
        [(name, value[:_SHOWN]) for name, value in facts if value],
        link,
    )


def link_to(public_url: str, session_id: UUID) -> str:
    return f"{public_url.rstrip('/')}/l1/sessions/{session_id}"


def _known(reason_category: str, *, include_details: bool) -> str:
    """A reason category that somebody made up might be a name."""
    return reason_category if include_details or reason_category in KNOWN_REASONS else "other"


def _details(walk: Walk) -> dict[str, str | None]:
    return {
        "customer_name": walk.customer_name,
        "customer_contact": walk.customer_contact,
        "problem_statement": walk.problem_statement,
        "escalation_reason": None if walk.escalation is None else walk.escalation.reason,
        "resolution_notes": None if walk.resolution is None else walk.resolution.notes,
    }


def _person(actor: Actor) -> dict[str, Any]:
    return {"id": actor.id, "name": actor.name}
