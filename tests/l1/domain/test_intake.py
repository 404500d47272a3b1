from uuid import uuid4

import pytest

from l1.domain.commands import Escalate
from l1.domain.errors import NotFound
from l1.domain.intake import Band, Intake, Match, NearMiss, Outcome, PinnedFlow, decide
from tests.l1.domain.walks import TREE

NEAR = (NearMiss(uuid4(), "Near", 0.4),)
FLOW = PinnedFlow(uuid4(), 1, "slug", "A flow", "email", TREE)


def match(
    band: Band = Band.NONE, *, flow: PinnedFlow | None = None, category: str = "email", may_build: bool = True
) -> Match:
    return Match(band, NEAR if band is not Band.NONE else (), flow, category, may_build, 1800.0)


@pytest.mark.parametrize(
    ("intake", "found", "outcome"),
    [
        (Intake("x"), match(Band.MATCHED, flow=FLOW), Outcome.MATCHED),
        (Intake("x", force_build=True), match(Band.MATCHED, flow=FLOW), Outcome.BUILD),
        (Intake("x", force_build=True), match(Band.MATCHED, flow=FLOW, may_build=False), Outcome.OUT_OF_SCOPE),
        (Intake("x", force_build=True), match(category="unknown"), Outcome.OUT_OF_SCOPE),
        (Intake("x", force_build=True, flow_id=FLOW.flow_id), match(flow=FLOW), Outcome.MATCHED),
        (Intake("x"), match(Band.SUGGEST), Outcome.SUGGEST),
        (Intake("x", force_build=True), match(Band.SUGGEST), Outcome.BUILD),
        (Intake("x", force_build=True), match(Band.SUGGEST, may_build=False), Outcome.OUT_OF_SCOPE),
        (Intake("x"), match(), Outcome.BUILD),
        (Intake("x"), match(may_build=False), Outcome.OUT_OF_SCOPE),
        (Intake("x"), match(category="unknown"), Outcome.OUT_OF_SCOPE),
        (Intake("x", flow_id=FLOW.flow_id), match(Band.SUGGEST, flow=FLOW), Outcome.MATCHED),
        (Intake("x", escalate=Escalate("other")), match(Band.MATCHED, flow=FLOW), Outcome.ESCALATED),
    ],
)
def test_a_call_becomes(intake: Intake, found: Match, outcome: Outcome) -> None:
    assert decide(intake, found) is outcome


def test_a_flow_that_is_not_published_cannot_be_walked() -> None:
    with pytest.raises(NotFound):
        decide(Intake("x", flow_id=uuid4()), match(Band.MATCHED))
