"""What a forgotten call becomes, by the node at which it stands."""

from dataclasses import replace

import pytest

from l1.domain.commands import Body, Escalate, Resolve
from l1.domain.events import Rejected
from l1.domain.session import TIMEOUT, Status, Walk
from l1.domain.stalls import escalate_stalled, when_stalled
from l1.domain.walk import apply
from tests.l1.domain.walks import built_walk, command, flow_walk


def at(node_id: str, *, escalates_unconfirmed: bool = False) -> Walk:
    return replace(flow_walk(), current_node_id=node_id, escalates_unconfirmed=escalates_unconfirmed)


def ended(walk: Walk, body: Body) -> Walk:
    return apply(walk, command(body, actor=TIMEOUT))[0]


@pytest.mark.parametrize("walk", [at("n1"), built_walk(), at("fixed", escalates_unconfirmed=True)])
def test_a_forgotten_call_is_escalated_as_stalled(walk: Walk) -> None:
    after = ended(walk, when_stalled(walk))
    assert after.status is Status.ESCALATED
    assert after.escalation is not None
    assert (after.escalation.reason_category, after.escalation.by) == ("stalled", "timeout")


def test_one_that_is_forgotten_at_an_escalation_has_the_node_s_reason() -> None:
    after = ended(at("up"), when_stalled(at("up")))
    assert after.escalation is not None
    assert (after.escalation.reason_category, after.escalation.by) == ("hardware_failure", "timeout")


def test_one_that_is_forgotten_at_a_solution_is_resolved_unconfirmed() -> None:
    after = ended(at("fixed"), when_stalled(at("fixed")))
    assert after.status is Status.RESOLVED
    assert after.resolution is not None
    assert (after.resolution.helpful, after.resolution.by) == (None, "timeout")
    assert after.resolution.at == after.resolved_at


def test_what_nobody_has_confirmed_teaches_nothing() -> None:
    built = replace(built_walk(), current_node_id=None)
    assert ended(built, Resolve(helpful=True)).grows_proposals
    assert ended(built, Resolve(helpful=False)).grows_proposals
    assert not ended(built, Resolve(helpful=None)).grows_proposals


def test_a_walk_that_could_not_be_run_is_escalated_wherever_it_stands() -> None:
    assert escalate_stalled(at("fixed")).reason_category == "stalled"


def test_at_an_escalation_the_node_s_reason_counts_unless_another_is_given() -> None:
    for given, recorded in ((None, "hardware_failure"), ("supplies", "supplies")):
        after, _ = apply(at("up"), command(Escalate(given)))
        assert after.escalation is not None
        assert after.escalation.reason_category == recorded


def test_elsewhere_an_escalation_without_a_reason_is_refused() -> None:
    after, event = apply(at("n1"), command(Escalate()))
    assert after.status is Status.ACTIVE
    assert isinstance(event.body, Rejected)
    assert event.body.problem.code == "reason_missing"
