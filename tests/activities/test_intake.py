"""What the intake's activities make of a problem; the engines behind them are stood in for by plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from activities.intake import IntakeActivities
from activities.messages import MatchRequest
from activities.ports import CustomerTicket
from l1.database.policies import AccountPolicy, CategoryPolicy
from l1.domain.categories import Builder
from l1.domain.commands import Escalate
from l1.domain.intake import (
    Band,
    CustomerCall,
    CustomerCalls,
    Intake,
    NearMiss,
    NewTicket,
    PinnedFlow,
    PinnedProposal,
    ProblemVectors,
)
from l1.domain.proposal import SAME_PROBLEM
from l1.domain.session import Status, TicketRef
from l1.domain.tree import Tree
from l1.matching.matcher import Found
from tests.l1.domain.walks import TREE

FLOW = PinnedFlow(uuid4(), 3, "slug", "A flow", "email", TREE)


@dataclass(frozen=True)
class Ticket:
    problem_statement: str
    ticket_id: UUID = field(default_factory=uuid4)
    session_id: UUID | None = None
    number: int = 1042
    status: str = "active"
    category: str | None = None
    may_be_repeated: bool = True
    opened_at: datetime = datetime(2026, 5, 4, tzinfo=UTC)
    vectors: ProblemVectors | None = None


@dataclass(frozen=True)
class Tickets:
    total: int
    first: Sequence[Ticket]


@dataclass(frozen=True)
class Proposed:
    statements: Sequence[str]
    proposal_id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True)
class Given:
    """A matcher, library, policies, proposals and tickets that know one thing each."""

    found: Found
    policy: AccountPolicy
    tickets: Sequence[Ticket] = ()
    proposed: Sequence[Proposed] = ()
    alike: float = 1.0

    async def candidates(self, account_id: UUID, category: str) -> Sequence[Proposed]:
        assert account_id
        return self.proposed if category == self.found.category else ()

    async def walkable(self, account_id: UUID, proposal_id: UUID) -> Tree | None:
        assert account_id
        assert proposal_id
        return TREE

    async def between(self, text: str, others: Sequence[str]) -> list[float]:
        return [self.alike if other != text else 1.0 for other in others]

    async def match(self, account_id: UUID, problem_statement: str) -> Found:
        assert account_id
        assert problem_statement
        return self.found

    def similar(
        self, problem_statement: str, vectors: ProblemVectors | None, others: Sequence[CustomerTicket]
    ) -> list[tuple[int, float]]:
        assert vectors == self.found.vectors
        return [(row, 1.0) for row, other in enumerate(others) if other.problem_statement == problem_statement]

    async def tickets_of(self, account_id: UUID, customer_name: str | None, customer_contact: str | None) -> Tickets:
        assert account_id
        tickets = self.tickets if customer_name or customer_contact else ()
        return Tickets(len(tickets), tickets)

    async def live(self, account_id: UUID, flow_id: UUID) -> PinnedFlow | None:
        assert account_id
        return FLOW if flow_id == FLOW.flow_id else None

    async def read(self, account_id: UUID) -> AccountPolicy:
        assert account_id
        return self.policy

    async def open_ticket(self, ticket: NewTicket) -> TicketRef:
        raise AssertionError(ticket)


ALLOWED = AccountPolicy(None, [CategoryPolicy("email", builder=Builder.MODEL, stall_after=None)])


def activities(found: Found, policy: AccountPolicy = ALLOWED, tickets: Sequence[Ticket] = ()) -> IntakeActivities:
    return taking(Given(found, policy, tickets))


def taking(given: Given) -> IntakeActivities:
    return IntakeActivities(
        matcher=given,
        customers=given,
        flows=given,
        policies=given,
        proposals=given,
        likeness=given,
        tickets=given,
        stall_after=1800.0,
    )


NEAR = Found(Band.SUGGEST, (NearMiss(FLOW.flow_id, "A flow", 0.4),), "printing")
FAR = Found(Band.NONE, (), "printing")
SURE = Found(Band.MATCHED, (NearMiss(FLOW.flow_id, "A flow", 0.9),), "printing")


async def test_a_sure_match_brings_its_flow_and_the_flow_s_category() -> None:
    match = await activities(SURE).match(MatchRequest(uuid4(), Intake("x")))
    assert match.flow == FLOW
    assert match.category == "email"


async def test_a_flow_that_was_chosen_needs_no_match() -> None:
    match = await activities(NEAR).match(MatchRequest(uuid4(), Intake("x", flow_id=FLOW.flow_id)))
    assert match.flow == FLOW


async def test_a_flow_that_comes_near_is_not_walked() -> None:
    match = await activities(NEAR).match(MatchRequest(uuid4(), Intake("x")))
    assert match.flow is None
    assert match.category == "printing"
    assert not match.may_build


async def test_a_call_handed_over_keeps_the_category_of_its_words() -> None:
    intake = Intake("x", escalate=Escalate("other"))
    assert (await activities(SURE).match(MatchRequest(uuid4(), intake))).category == "printing"


@pytest.mark.parametrize(
    ("account", "category", "limit"), [(None, None, 1800.0), (600.0, None, 600.0), (600.0, 60.0, 60.0)]
)
async def test_the_nearest_limit_counts(account: float | None, category: float | None, limit: float) -> None:
    policy = AccountPolicy(account, [CategoryPolicy("email", builder=Builder.MODEL, stall_after=category)])
    match = await activities(SURE, policy).match(MatchRequest(uuid4(), Intake("x")))
    assert match.stall_after == limit


async def test_a_caller_s_open_tickets_about_the_same_are_named_and_keep_nobody_from_anything() -> None:
    ours, other = Ticket("no sound"), Ticket("no picture")
    request = MatchRequest(uuid4(), Intake("no sound", customer_name="Ada Byron"))
    match = await activities(SURE, tickets=[other, ours]).match(request)
    assert [duplicate.ticket_id for duplicate in match.possible_duplicates] == [ours.ticket_id]
    assert match.flow == FLOW


async def test_a_caller_who_gives_no_name_has_no_earlier_tickets() -> None:
    match = await activities(SURE, tickets=[Ticket("x")]).match(MatchRequest(uuid4(), Intake("x")))
    assert match.possible_duplicates == []
    assert match.customer_calls == CustomerCalls(0, [])


async def test_what_is_resolved_or_old_is_a_call_of_the_customer_and_no_duplicate() -> None:
    old = Ticket("no sound", status="resolved", category="hardware", may_be_repeated=False)
    request = MatchRequest(uuid4(), Intake("no sound", customer_name="Ada Byron"))
    match = await activities(FAR, tickets=[old]).match(request)
    assert match.possible_duplicates == []
    called = CustomerCall(
        None, old.ticket_id, "T-1042", Status.RESOLVED, "hardware", old.opened_at, old.problem_statement
    )
    assert match.customer_calls == CustomerCalls(1, [called])


async def test_at_most_five_tickets_are_named() -> None:
    request = MatchRequest(uuid4(), Intake("x", customer_contact="x@example.com"))
    match = await activities(SURE, tickets=[Ticket("x")] * 7).match(request)
    assert len(match.possible_duplicates) == len(match.customer_calls.calls) == 5
    assert match.customer_calls.total == 7


ON_PROPOSALS = AccountPolicy(
    None,
    [CategoryPolicy(name, builder=Builder.MODEL, stall_after=None) for name in ("printing", "email")],
    walk_proposals=True,
)
PROPOSED = Proposed(["The printer smears"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            Given(FAR, ON_PROPOSALS, proposed=[PROPOSED], alike=SAME_PROBLEM),
            PinnedProposal(PROPOSED.proposal_id, TREE),
        ),
        (Given(FAR, ON_PROPOSALS, proposed=[PROPOSED], alike=SAME_PROBLEM - 0.01), None),
        (Given(FAR, ON_PROPOSALS), None),
        (Given(FAR, replace(ON_PROPOSALS, walk_proposals=False), proposed=[PROPOSED]), None),
        (Given(FAR, replace(ON_PROPOSALS, categories=()), proposed=[PROPOSED]), None),
        (Given(SURE, ON_PROPOSALS, proposed=[PROPOSED]), None),
    ],
    ids=["fits", "is about something else", "there is none", "not allowed", "the category is not built", "a flow fits"],
)
async def test_a_proposal_is_walked_when(given: Given, expected: PinnedProposal | None) -> None:
    match = await taking(given).match(MatchRequest(uuid4(), Intake("It prints with stripes")))
    assert match.proposal == expected


async def test_no_proposal_is_looked_for_where_flows_are_suggested() -> None:
    given = Given(NEAR, ON_PROPOSALS, proposed=[PROPOSED])
    match = await taking(given).match(MatchRequest(uuid4(), Intake("The printer smears")))
    assert match.proposal is None


async def test_a_tree_that_is_wanted_is_built_although_a_flow_or_a_proposal_fits() -> None:
    for found in (SURE, FAR):
        given = Given(found, ON_PROPOSALS, proposed=[PROPOSED])
        match = await taking(given).match(MatchRequest(uuid4(), Intake("The printer smears", force_build=True)))
        assert (match.flow, match.proposal, match.may_build) == (None, None, True)
