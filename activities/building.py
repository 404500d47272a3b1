"""Building the next node of a tree while the call goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid5

import structlog
from temporalio import activity

from activities.beating import beating
from activities.ground import Ground
from activities.messages import BUILD_NODE, MOST_ATTEMPTS, PROPOSE_NODE, Attempt, BuildNode, ProposeNode
from activities.ports import Ledger, Likeness, Policies
from l1.building.redaction import redacted
from l1.domain import limits
from l1.domain.building import (
    Brief,
    Budget,
    CallOutcome,
    Engine,
    FellBack,
    Judged,
    LanguageModel,
    ModelCall,
    ModelOutcome,
    Usage,
)
from l1.domain.categories import Builder
from l1.domain.errors import Unavailable
from l1.domain.greetings import without_greeting
from l1.domain.playbook import Playbook, is_a_check, next_node
from l1.domain.proposal import asks_the_same
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.tree import Node, NodeKind
from l1.guards import node_of, review, unsafe_content

_log = structlog.stdlib.get_logger(__name__)

_TOO_LONG = "This walk is long enough for an engineer. Note what was tried and escalate the call."
_NOT_A_NODE = "Your answer did not have the shape that was asked for. Answer with one node, as short as you can."


@dataclass(frozen=True)
class Limits:
    """What building may take.

    `attempt` and `node`: seconds for one attempt of the model, and for all attempts at a node. `ahead`: most answers of
    a node whose children are built while the technician talks.
    """

    attempt: float
    node: float
    ahead: int
    budget: Budget


@dataclass(frozen=True)
class BuildingActivities:
    """`model` is None where no model is configured: then playbooks build everything."""

    playbooks: Mapping[str, Playbook]
    model: LanguageModel | None
    policies: Policies
    ledger: Ledger
    ground: Ground
    likeness: Likeness
    limits: Limits

    @activity.defn(name=BUILD_NODE)
    async def build_node(self, request: BuildNode) -> Node:
        """Ask the next check of the category's playbook that asks nothing the walk has asked already."""
        playbook = self.playbooks.get(request.category)
        others = [step.text for step in request.asked if not is_a_check(playbook, step.text)]
        problem = without_greeting(request.problem_statement)
        passed_over: list[str] = []
        while True:
            node = next_node(playbook, problem, request.asked, request.node_id, passed_over)
            if node.kind.is_terminal or not others:
                return node
            alike = await self.likeness.between(node.text, others)
            if not any(asks_the_same(node.text, *other) for other in zip(others, alike, strict=False)):
                return node
            passed_over.append(node.text)

    @activity.defn(name=PROPOSE_NODE)
    async def propose_node(self, request: ProposeNode) -> Attempt:
        """Have the model propose a node, and let the guards look at it.

        The answer has a node unless another attempt may mend what the guards found, or nobody asked for it yet.
        """
        async with beating():
            # What is decided while a call is open holds from its next node on.
            if self.model is None or not await self._may_ask_model(request.node):
                return Attempt(Usage(), await self.build_node(request.node), Engine.PLAYBOOK)
            return await self._attempt(request, self.model)

    async def _may_ask_model(self, node: BuildNode) -> bool:
        policy = await self.policies.read(node.account_id)
        return policy.of(node.category).builder is Builder.MODEL

    async def _attempt(self, request: ProposeNode, model: LanguageModel) -> Attempt:
        if len(request.node.asked) >= limits.BUILT_DEPTH:
            node = Node(request.node.node_id, NodeKind.ESCALATION, _TOO_LONG, reason_category=NEEDS_ENGINEER)
            return Attempt(Usage(), node, Engine.NONE, model.name, FellBack.DEPTH)
        within = min(self.limits.attempt, self.limits.node - _waited(request))
        if within <= 0:
            return await self._instead(request, model, FellBack.TIME_LIMIT, Usage())
        brief = await self._brief(request.node)
        call = ModelCall(
            # Its own for every time that it may be paid for: also when a killed worker's attempt is made again.
            id=uuid5(request.build_id, f"{request.attempt}.{activity.info().attempt}"),
            build_id=request.build_id,
            account_id=request.node.account_id,
            session_id=request.node.session_id,
            parent_node_id=request.parent_node_id,
            ahead=request.ahead,
            model=model.name,
            reserved_tokens=model.most_tokens(brief, request.faults),
        )
        if (exhausted := await self.ledger.reserve(call, self.limits.budget)) is not None:
            return await self._instead(request, model, exhausted, Usage())
        answer = await model.propose(brief, request.faults, within)
        attempt, outcome = await self._judge(request, model, brief, answer)
        try:
            await self.ledger.settle(call.account_id, call.id, answer.usage, outcome)
        except Unavailable:  # to try again would be to pay again; the call goes on counting with what was reserved
            _log.warning("a call of the model is not settled: the database is away")
        return attempt

    async def _judge(
        self, request: ProposeNode, model: LanguageModel, brief: Brief, answer: ModelOutcome
    ) -> tuple[Attempt, CallOutcome]:
        """Return what comes of a model's answer, and how the call went."""
        usage = answer.usage or Usage()
        if answer.proposed is None:
            failure = answer.failure or FellBack.NONSENSE
            if failure is FellBack.NONSENSE and request.attempt < MOST_ATTEMPTS:
                return Attempt(usage, faults=[_NOT_A_NODE]), failure
            return await self._instead(request, model, failure, usage), failure
        proposed = answer.proposed
        likeness = await self.likeness.between(proposed.text[: limits.BUILT_END], [step.text for step in brief.asked])
        faults = review(proposed, brief, likeness)
        if faults:
            _log.info(
                "a proposed node was refused", faults=[str(fault.code) for fault in faults], attempt=request.attempt
            )
            if request.attempt < MOST_ATTEMPTS:
                return Attempt(usage, faults=[fault.detail for fault in faults]), Judged.REFUSED
            return await self._instead(request, model, FellBack.UNSAFE, usage), Judged.REFUSED
        attempt = Attempt(
            usage=usage,
            node=node_of(proposed, request.node.node_id),
            model=model.name,
            reason=None if unsafe_content(proposed.reason) else proposed.reason or None,
            may_build_ahead=0 < len(proposed.answers) <= self.limits.ahead,
        )
        return attempt, Judged.PROPOSED

    async def _instead(self, request: ProposeNode, model: LanguageModel, because: FellBack, usage: Usage) -> Attempt:
        """Go on from the same path without the model; ahead of the caller, leave it to the time when it is asked."""
        if request.ahead:
            return Attempt(usage, model=model.name, fell_back_because=because)
        _log.warning("a node is built without the model", because=because, model=model.name)
        node = await self.build_node(request.node)
        return Attempt(usage, node, Engine.PLAYBOOK, model.name, because)

    async def _brief(self, node: BuildNode) -> Brief:
        problem = redacted(node.problem_statement, node.customer_name, node.customer_contact)
        return Brief(
            category=node.category,
            problem=problem,
            asked=node.asked,
            ground=await self.ground.near(node.account_id, problem),
            must_end=len(node.asked) >= limits.BUILT_DEPTH - 1,
        )


def _waited(request: ProposeNode) -> float:
    """Since somebody asked for the node: by the workflow's clock, and since then by the server's."""
    return request.waited + (datetime.now(UTC) - activity.info().scheduled_time).total_seconds()
