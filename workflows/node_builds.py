"""Building the nodes of one walk: the one that a caller waits for, and its children while the technician talks."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities import messages
    from l1.domain.building import Engine, FellBack, NodeBuild, Usage
    from l1.domain.playbook import Asked
    from l1.domain.reasons import NEEDS_ENGINEER
    from l1.domain.session import Walk
    from l1.domain.tree import Node, NodeKind, Tree
    from workflows.call import Built, Child

_WITHOUT_A_SIGN = timedelta(seconds=5)
"""A worker that was killed is noticed after this long; then another one makes the attempt once more."""
_LONGEST_ATTEMPT = timedelta(seconds=60)
"""Behind the worker's own limits (L1_LLM_LIMIT), in case that it hangs and beats all the same."""
_BEHIND_CALLERS = Priority(priority_key=4)
_NO_STEP = "The next step could not be found. Note what you know and escalate the call."


_Place = tuple[str | None, str | None]
"""The node after which another one is built, and the answer to it; nothing for the first node."""


class NodeBuilds:
    def __init__(self, ready: list[Child]) -> None:
        """`ready` is the call's own list, which is kept up to date here."""
        self._ready = ready
        self._running: dict[_Place, asyncio.Task[None]] = {}

    @property
    def is_idle(self) -> bool:
        return not self._running

    def take(self, walk: Walk) -> Built | None:
        """Return the node that the walk waits for, if it waits for one and that one is there already."""
        after, answer = _place_of(walk)
        found = next((child for child in self._ready if (child.after_node_id, child.answer) == (after, answer)), None)
        if found is None:
            return None
        self.discard()
        return _placed(found.built, walk)

    async def build(self, walk: Walk) -> Built:
        """Build the node that the walk waits for, or await it if it is on its way. Something always comes of it."""
        asked_at = workflow.now()
        after, answer = _place_of(walk)
        if (running := self._running.pop((after, answer), None)) is not None:
            self.discard()
            await running
        if (built := self.take(walk)) is not None:  # perhaps it came together with the step that asks for it
            return built
        self.discard()
        order = _Order(_request(walk, after, answer), _build_id(walk, after, answer, "asked"), after, asked_at)
        return await _propose(order) or await _from_playbook(order)

    def build_ahead(self, walk: Walk) -> None:
        """Begin to build what follows each answer of the current node."""
        node = walk.current_node
        if node is None:
            return
        for answer, target in node.answers.items():
            if target is None:
                self._running[node.id, answer] = asyncio.create_task(self._child(walk, node.id, answer))

    def discard(self) -> None:
        """Drop what nobody asked for; what is still being built is stopped, so that it costs no more."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()
        self._ready.clear()

    async def _child(self, walk: Walk, after: str, answer: str) -> None:
        build_id = _build_id(walk, after, answer, "ahead")
        try:
            built = await _propose(_Order(_request(walk, after, answer), build_id, after, workflow.now(), ahead=True))
        except ActivityError:  # stopped: another answer was given, or the call is over
            return
        self._running.pop((after, answer), None)
        if built is not None:
            self._ready.append(Child(after, answer, built))


@dataclass(frozen=True)
class _Order:
    """A node to be built. `asked_at`: since when somebody waits for it."""

    request: messages.BuildNode
    build_id: UUID
    after: str | None
    asked_at: datetime
    ahead: bool = False


async def _propose(order: _Order) -> Built | None:
    """Have a model propose the node, up to three times; None if nothing came of it."""
    spent = Usage()
    faults: tuple[str, ...] = ()
    for attempt in range(1, messages.MOST_ATTEMPTS + 1):
        waited = (workflow.now() - order.asked_at).total_seconds()
        try:
            tried: messages.Attempt = await workflow.execute_activity(
                messages.PROPOSE_NODE,
                messages.ProposeNode(order.request, order.build_id, order.after, attempt, waited, faults, order.ahead),
                result_type=messages.Attempt,
                start_to_close_timeout=_LONGEST_ATTEMPT,
                heartbeat_timeout=_WITHOUT_A_SIGN,
                # Whoever is killed may have paid already: an attempt is made once more, and no more.
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=0.2), maximum_attempts=2),
                priority=_BEHIND_CALLERS if order.ahead else Priority.default,
                summary=_summary(order, attempt),
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return None
        spent += tried.usage
        if tried.node is not None:
            build = NodeBuild(
                node_id=tried.node.id,
                build_id=order.build_id,
                engine=tried.engine,
                model=tried.model,
                fell_back_because=tried.fell_back_because,
                attempts=attempt if tried.model else 0,
                usage=spent,
                ahead=order.ahead,
                reason=tried.reason,
            )
            return Built(tried.node, build, tried.may_build_ahead)
        if not tried.faults:
            return None
        faults += tuple(tried.faults)
    return None


async def _from_playbook(order: _Order) -> Built:
    """Without a proposal, build from the playbook; if not even that can be done, hand the call to an engineer."""
    request = order.request
    engine = Engine.PLAYBOOK
    try:
        node = await workflow.execute_activity(
            messages.BUILD_NODE,
            request,
            result_type=Node,
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=RetryPolicy(maximum_attempts=3),
            summary=f"build {request.node_id} · {request.category}",
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        engine = Engine.NONE
        node = Node(request.node_id, NodeKind.ESCALATION, _NO_STEP, reason_category=NEEDS_ENGINEER)
    return Built(node, NodeBuild(node.id, order.build_id, engine, fell_back_because=FellBack.INTERRUPTED))


def _request(walk: Walk, after: str | None, answer: str | None) -> messages.BuildNode:
    """What follows the path, and, ahead of the caller, an answer to the current node that is not given yet."""
    nodes = walk.tree.nodes
    given = [(entry.node_id, entry.answer) for entry in walk.walked_path]
    if after is not None and answer is not None and walk.building is None:
        given.append((after, answer))
    return messages.BuildNode(
        account_id=walk.account_id,
        session_id=walk.session_id,
        node_id=_new_id(walk.tree),
        category=walk.category,
        problem_statement=walk.problem_statement,
        customer_name=walk.customer_name,
        customer_contact=walk.customer_contact,
        asked=[Asked(node_id, nodes[node_id].text, said, nodes[node_id].kind) for node_id, said in given],
    )


def _placed(built: Built, walk: Walk) -> Built:
    """Give a node that was built ahead the id of the place it is put in."""
    node_id = _new_id(walk.tree)
    return replace(built, node=replace(built.node, id=node_id), build=replace(built.build, node_id=node_id))


def _new_id(tree: Tree) -> str:
    number = len(tree.nodes) + 1
    while f"n{number}" in tree.nodes:
        number += 1
    return f"n{number}"


def _place_of(walk: Walk) -> _Place:
    return (None, None) if walk.building is None else (walk.building.after_node_id, walk.building.answer)


def _build_id(walk: Walk, after: str | None, answer: str | None, why: str) -> UUID:
    """The same for the same node however often it is asked for."""
    return uuid5(walk.session_id, f"{after}/{answer}/{why}")


def _summary(order: _Order, attempt: int) -> str:
    again = "" if attempt == 1 else f" · attempt {attempt}"
    what = f"build ahead of {order.after}" if order.ahead else f"build {order.request.node_id}"
    return f"{what} · {order.request.category}{again}"
