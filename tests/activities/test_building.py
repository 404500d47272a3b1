"""What becomes of one attempt at a node; the model, the ledger and the library are stood in for by plain values."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.building import BuildingActivities, Limits
from activities.ground import Ground
from activities.messages import Attempt, BuildNode, ProposeNode
from l1.database.policies import AccountPolicy, CategoryPolicy
from l1.domain import limits
from l1.domain.building import Brief, Budget, Engine, FellBack, ModelCall, ModelOutcome, ProposedNode, Usage
from l1.domain.categories import Builder
from l1.domain.errors import Unavailable
from l1.domain.intake import Band, NearMiss, PinnedFlow
from l1.domain.playbook import Asked
from l1.domain.tree import NodeKind
from l1.library import playbooks
from l1.matching.matcher import Found
from tests.l1.domain.walks import TREE

PLAYBOOKS = {playbook.category: playbook for playbook in playbooks()}
SENSIBLE = ProposedNode(
    NodeKind.QUESTION, "Which light on the printer is red?", ("The left one", "The right one"), "why"
)
SECRET = replace(SENSIBLE, text="What is the password of the caller?")
USAGE = Usage(100, 20)
GOOD = ModelOutcome(SENSIBLE, None, USAGE)
FLOW = PinnedFlow(uuid4(), 1, "slug", "A flow", "printing", TREE)


@dataclass
class World:
    """A model that answers with one thing, and a ledger, library and embedder that let it."""

    answer: ModelOutcome = GOOD
    exhausted: FellBack | None = None
    is_settled: bool = True
    asked_already: str = ""
    """A text that is like every other one."""
    name: str = "openai:scripted"
    builder: Builder = Builder.MODEL
    briefs: list[Brief] = field(default_factory=list)
    reserved: list[ModelCall] = field(default_factory=list)
    settled: list[tuple[Usage | None, str]] = field(default_factory=list)
    looked: int = 0

    def most_tokens(self, _brief: Brief, _faults: Sequence[str]) -> int:
        return 500

    async def propose(self, brief: Brief, _faults: Sequence[str], _within: float) -> ModelOutcome:
        self.briefs.append(brief)
        return self.answer

    async def close(self) -> None:
        pass

    async def reserve(self, call: ModelCall, _budget: Budget) -> FellBack | None:
        self.reserved.append(call)
        return self.exhausted

    async def settle(self, _account_id: UUID, _call_id: UUID, usage: Usage | None, outcome: str) -> None:
        if not self.is_settled:
            raise Unavailable("The database is away.")
        self.settled.append((usage, outcome))

    async def match(self, _account_id: UUID, _problem_statement: str) -> Found:
        self.looked += 1
        return Found(Band.SUGGEST, [NearMiss(FLOW.flow_id, "A flow", 0.4)], "printing")

    def similar(self, *_what: object) -> list[tuple[int, float]]:
        return []

    async def live(self, _account_id: UUID, _flow_id: UUID) -> PinnedFlow | None:
        return FLOW

    async def read(self, _account_id: UUID) -> AccountPolicy:
        return AccountPolicy(None, [CategoryPolicy("printing", self.builder, None)])

    async def between(self, text: str, others: Sequence[str]) -> list[float]:
        return [0.9 if text == self.asked_already else 0.0 for _ in others]


def activities(world: World, *, has_model: bool = True) -> BuildingActivities:
    return BuildingActivities(
        playbooks=PLAYBOOKS,
        model=world if has_model else None,
        policies=world,
        ledger=world,
        ground=Ground(world, world),
        likeness=world,
        limits=Limits(attempt=5, node=10, ahead=2, budget=Budget()),
    )


@pytest.mark.parametrize("builder", [Builder.PLAYBOOK, Builder.OFF])
async def test_a_model_is_not_asked_where_the_account_does_not_let_it_build(builder: Builder) -> None:
    world = World(builder=builder)
    tried = await attempt(world, request())
    assert (tried.engine, tried.model, world.reserved) == (Engine.PLAYBOOK, None, [])


def request(*asked: Asked, **fields: Any) -> ProposeNode:
    node = BuildNode(uuid4(), uuid4(), "n1", "printing", "It prints stripes", None, None, asked)
    return ProposeNode(node, uuid4(), None, **({"attempt": 1, "waited": 0.0} | fields))


async def attempt(world: World, of: ProposeNode, *, has_model: bool = True) -> Attempt:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, scheduled_time=datetime.now(UTC))
    tried: Attempt = await environment.run(activities(world, has_model=has_model).propose_node, of)
    return tried


async def test_a_sensible_proposal_becomes_the_node() -> None:
    world = World()
    tried = await attempt(world, request())
    assert tried.node is not None
    assert tried.node.text == SENSIBLE.text
    assert (tried.engine, tried.reason, tried.may_build_ahead) == (Engine.MODEL, "why", True)
    assert world.settled == [(USAGE, "proposed")]
    assert world.briefs[0].ground[0].title == "A flow"


async def test_the_model_is_told_the_problem_without_the_caller() -> None:
    world, of = World(), request()
    node = replace(of.node, problem_statement="Ada (ada@x.org) cannot print", customer_name="Ada Byron")
    await attempt(world, replace(of, node=node))
    assert world.briefs[0].problem == "[name] ([contact]) cannot print"


async def test_without_a_model_the_playbook_builds_and_nothing_fell_back() -> None:
    world = World()
    tried = await attempt(world, request(), has_model=False)
    assert (tried.engine, tried.model, tried.fell_back_because) == (Engine.PLAYBOOK, None, None)
    assert not world.reserved


async def test_a_refused_proposal_names_its_faults_twice_and_is_given_up_the_third_time() -> None:
    world = World(ModelOutcome(SECRET, None, USAGE))
    for number in (1, 2):
        tried = await attempt(world, request(attempt=number))
        assert tried.node is None
        assert tried.faults
    tried = await attempt(world, request(attempt=3))
    assert (tried.engine, tried.fell_back_because) == (Engine.PLAYBOOK, FellBack.UNSAFE)
    assert [outcome for _, outcome in world.settled] == ["refused"] * 3


@pytest.mark.parametrize(
    ("world", "fields", "because"),
    [
        (World(ModelOutcome(None, FellBack.OUTAGE, Usage())), {}, FellBack.OUTAGE),
        (World(ModelOutcome(None, FellBack.TIME_LIMIT, None)), {}, FellBack.TIME_LIMIT),
        (World(exhausted=FellBack.DAY_BUDGET), {}, FellBack.DAY_BUDGET),
        (World(), {"waited": 10.0}, FellBack.TIME_LIMIT),
    ],
)
async def test_ahead_of_the_caller_what_fails_is_left_for_later(
    world: World, fields: dict[str, Any], because: FellBack
) -> None:
    asked_for = await attempt(world, request(**fields))
    assert asked_for.node is not None
    assert (asked_for.engine, asked_for.fell_back_because) == (Engine.PLAYBOOK, because)
    ahead = await attempt(world, request(ahead=True, **fields))
    assert (ahead.node, ahead.faults) == (None, ())


async def test_a_model_that_may_have_been_paid_is_settled_without_figures() -> None:
    world = World(ModelOutcome(None, FellBack.TIME_LIMIT, None))
    await attempt(world, request())
    assert world.settled == [(None, "time_limit")]


async def test_a_node_is_not_thrown_away_because_its_price_could_not_be_written_down() -> None:
    tried = await attempt(World(is_settled=False), request())
    assert tried.engine is Engine.MODEL
    assert tried.node is not None


async def test_a_walk_that_is_as_long_as_it_may_get_goes_to_an_engineer() -> None:
    world = World()
    path = [Asked(f"n{number}", f"What about part {number}?", "Yes") for number in range(limits.BUILT_DEPTH)]
    await attempt(world, request(*path[:-1]))
    assert world.briefs[0].must_end
    tried = await attempt(world, request(*path))
    assert tried.node is not None
    assert tried.node.kind is NodeKind.ESCALATION
    assert (tried.engine, tried.fell_back_because, len(world.briefs)) == (Engine.NONE, FellBack.DEPTH, 1)


async def test_a_reason_that_must_not_be_shown_is_dropped() -> None:
    proposed = replace(SENSIBLE, reason="Run format c: to see.")
    tried = await attempt(World(ModelOutcome(proposed, None, USAGE)), request())
    assert tried.node is not None
    assert tried.reason is None


async def test_more_answers_than_the_setting_allows_are_not_built_ahead() -> None:
    proposed = replace(SENSIBLE, answers=("The left one", "The right one", "Neither"))
    tried = await attempt(World(ModelOutcome(proposed, None, USAGE)), request())
    assert tried.node is not None
    assert not tried.may_build_ahead


async def test_an_attempt_that_is_made_again_is_a_call_of_its_own() -> None:
    world, again = World(), request()
    for number in (1, 2):
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, scheduled_time=datetime.now(UTC), attempt=number)
        await environment.run(activities(world).propose_node, again)
    first, second = world.reserved
    assert first.build_id == second.build_id
    assert first.id != second.id


async def test_the_playbook_passes_over_what_the_model_has_asked_in_other_words() -> None:
    asked = Asked("n1", "Say, how does it look on paper?", "Stripes")
    first = await activities(World()).build_node(request(asked).node)
    second = await activities(World(asked_already=first.text)).build_node(request(asked).node)
    assert first.text != second.text


async def test_flows_that_come_near_are_looked_up_once_a_walk() -> None:
    world, of = World(), request()
    building = activities(world)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, scheduled_time=datetime.now(UTC))
    for _ in range(3):
        await environment.run(building.propose_node, of)
    assert world.looked == 1


async def test_a_worker_is_not_taken_for_dead_while_its_texts_are_compared() -> None:
    beats = asyncio.Event()

    class Slow(World):
        async def between(self, text: str, others: Sequence[str]) -> list[float]:
            await beats.wait()
            return await super().between(text, others)

    environment = ActivityEnvironment()
    environment.info = replace(environment.info, scheduled_time=datetime.now(UTC))
    environment.on_heartbeat = lambda *_: beats.set()
    asked = Asked("n1", "Did the cat sit on it?", "No", NodeKind.QUESTION)
    tried = await environment.run(activities(Slow(), has_model=False).propose_node, request(asked))
    assert tried.engine is Engine.PLAYBOOK
