"""A message, for tests of the ways by which it goes out."""

from uuid import uuid4

from l1.domain.commands import Escalate
from l1.domain.walk import apply
from l1.notify.messages import Message, message_of
from tests.l1.domain.walks import command, flow_walk


def escalated(
    *, include_details: bool = False, public_url: str | None = "https://l1.example.com/", **said: str
) -> Message:
    walk, event = apply(flow_walk(), command(Escalate(**{"reason_category": "needs_engineer", **said})))
    return message_of(uuid4(), event, walk, include_details=include_details, public_url=public_url)


ESCALATED = escalated()
