"""Who is told of what."""

import pytest

from l1.domain.commands import Body, Escalate, Resolve, Step
from l1.domain.delivery import Notifying, Wishes, is_wanted, notifying
from l1.domain.events import Event
from l1.domain.roles import Role
from l1.domain.walk import apply, opened
from tests.l1.domain.walks import command, flow_walk


def event(kind: str) -> Event:
    bodies: dict[str, Body] = {
        "escalated": Escalate("needs_engineer"),
        "resolved": Resolve(helpful=True),
        "stepped": Step("n1", "Yes"),
    }
    return apply(flow_walk(), command(bodies[kind]))[1]


def test_nobody_is_told_of_steps_and_of_calls_that_begin() -> None:
    assert notifying(event("stepped")) is None
    assert notifying(opened(flow_walk(), command(Escalate()).sender)) is None


def test_a_command_that_was_rejected_is_told_to_nobody() -> None:
    rejected = apply(flow_walk(), command(Step("n2", "It works")))[1]
    assert rejected.body.kind == "rejected"
    assert notifying(rejected) is None


@pytest.mark.parametrize(
    ("wishes", "wanted"),
    [
        (Wishes(), ["escalated", "resolved"]),
        (Wishes(events=[Notifying.RESOLVED]), ["resolved"]),
        (Wishes(tiers=[2]), ["resolved"]),
        (Wishes(tiers=[1]), ["escalated", "resolved"]),
        (Wishes(roles=[Role.ENGINEER]), ["escalated"]),
        (Wishes(roles=[Role.L1]), ["resolved"]),
    ],
)
def test_a_target_is_told_what_it_wants(wishes: Wishes, wanted: list[str]) -> None:
    assert [kind for kind in ("escalated", "resolved") if is_wanted(wishes, event(kind))] == wanted
