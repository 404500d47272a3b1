"""How long a caller waits for the next node of a tree that a language model builds.

The model is scripted and takes a second for each node, as a quick real one does. The floor is a step of a published
flow that asks the same questions in the same order, taken right beside the built walk on the same stack: what
`next-node` takes beyond it is the price of placing a node. A node that is not there yet takes the model's time as well.

Steps are measured one at a time, on a machine that is quiet: what a walk builds ahead is there, or the model has been
asked for it and nobody works meanwhile.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import httpx
import typer
from temporalio.client import Client

from bench.bed import until
from bench.output import FOLDER, Result, Row, console, latency_ms, progress, show, shown_ms, write
from bench.rest import Refused, Rest
from bench.scripted_model import QUESTIONS, THREE_ANSWERS, TWO_ANSWERS, answers_to
from bench.stack import data_directory, own_stack
from l1.domain.naming import walk_workflow_id
from l1.local_stack.processes import Child, free_port

NAME = "building"
DEFAULT_WALKS = 6
DEFAULT_STEPS = 10
"""Of each walk: less than questions that the model has, and than a built walk may have nodes."""
DEFAULT_SECONDS = 1.0
_TARGET = 1.3
"""The most that a node which is there already may take, in steps of a published flow."""


@dataclass(frozen=True)
class ScriptedModel:
    http: httpx.AsyncClient
    port: int

    async def asked(self) -> int:
        answer = await self.http.get("/asked")
        return int(answer.raise_for_status().json())

    async def is_up(self) -> bool:
        try:
            return await self.asked() == 0
        except httpx.TransportError:
            return False


def command(
    walks: Annotated[int, typer.Option(min=1, max=20, help="Walks of each kind.")] = DEFAULT_WALKS,
    steps: Annotated[int, typer.Option(min=1, max=len(QUESTIONS) - 2, help="Steps of each walk.")] = DEFAULT_STEPS,
    seconds: Annotated[float, typer.Option(min=0.01, help="What the model takes for a node.")] = DEFAULT_SECONDS,
    json_file: Annotated[Path, typer.Option("--json", help="Where the figures go.")] = FOLDER / f"{NAME}.json",
) -> None:
    """Time the next node of a tree that a model builds: when it was built ahead, and when it has to be built.

    Starts a scripted model and a stack of its own, and removes them afterwards; takes about a minute. Both figures
    stand beside a step of a published flow with the same questions, taken in the same moments.

    Example:  python -m bench building --seconds 2
    """
    console.print("Starting a model and a stack …")
    result = asyncio.run(measure(walks=walks, steps=steps, seconds=seconds))
    show(result)
    write(result, json_file)


async def measure(
    *, walks: int = DEFAULT_WALKS, steps: int = DEFAULT_STEPS, seconds: float = DEFAULT_SECONDS
) -> Result:
    """Measure `steps` steps of so many walks of each kind, with a model that takes so many seconds for a node."""
    with data_directory() as data_dir, progress("Building", 2 * walks * steps) as advance:
        async with _scripted_model(data_dir.parent, seconds) as model:
            settings = {"L1_LLM_MODEL": "openai:scripted", "L1_LLM_BASE_URL": f"http://127.0.0.1:{model.port}/v1"}
            async with own_stack(data_dir, **settings) as stack, stack.client() as rest:
                course = _Course(rest, model, await Client.connect(stack.temporal_address), steps)
                ahead = await course.ahead(walks, advance)
                asked = await course.asked(walks, advance)
                figures = {"walks": walks, "steps": walks * steps, "model_seconds": seconds}
                return _result(figures, ahead, asked)


@dataclass(frozen=True)
class _Ahead:
    """Seconds of each step and of each node built ahead; `asked`: how often the model was asked in these walks."""

    steps: Sequence[float]
    nodes: Sequence[float]
    ended: Sequence[Any]
    asked: int


@dataclass(frozen=True)
class _Asked:
    nodes: Sequence[float]
    ended: Sequence[Any]
    asked: int


@dataclass(frozen=True)
class _Course:
    rest: Rest
    model: ScriptedModel
    temporal: Client
    steps: int

    async def ahead(self, walks: int, advance: Callable[[], None]) -> _Ahead:
        """Step through published and through built walks, side by side, one step at a time.

        All walks take a step before any takes its next one: the model's second passes once for all of them.
        """
        flow_id = await self.rest.publish(_published(self.steps))
        flows = [(await self.rest.take("A call to walk through", flow_id=flow_id))["session"] for _ in range(walks)]
        before = await self.model.asked()
        built = [(await self.rest.take(TWO_ANSWERS, build=True))["session"] for _ in range(walks)]
        steps: list[float] = []
        nodes: list[float] = []
        for number in range(self.steps):
            await until(self._are_quiet, built)
            for walk in range(walks):
                # Either goes first in turn: what the first one warms up or leaves behind is not always the same one's.
                for kind in ("step", "next-node") if (walk + number) % 2 else ("next-node", "step"):
                    if kind == "step":
                        flows[walk] = await self._timed(flows[walk], kind, steps)
                    else:
                        asked = await self.model.asked() + len(answers_to(TWO_ANSWERS))
                        built[walk] = await self._timed(built[walk], kind, nodes)
                        await until(self._waits_for_the_model, built[walk], asked)
                advance()
        return _Ahead(steps, nodes, built, await self.model.asked() - before)

    async def asked(self, walks: int, advance: Callable[[], None]) -> _Asked:
        """Step through walks in which nothing is built before it is asked for, all of them at a time."""
        before = await self.model.asked()
        nodes: list[float] = []
        ended = []

        async def walk() -> None:
            session = (await self.rest.take(THREE_ANSWERS, build=True))["session"]
            for _ in range(self.steps):
                session = await self._timed(session, "next-node", nodes)
                advance()
            ended.append(session)

        await asyncio.gather(*(walk() for _ in range(walks)))
        return _Asked(nodes, ended, await self.model.asked() - before)

    async def _timed(self, session: Any, kind: str, seconds: list[float]) -> Any:
        node = session["current_node"]
        if not node["answers"]:
            raise Refused(f"a walk ended early, on a node that came so: {session['built_nodes'][-1:]}")
        body = {"node_id": node["id"], "answer": node["answers"][0]}
        started = time.perf_counter()
        session = await self.rest.command(session["id"], kind, body)
        seconds.append(time.perf_counter() - started)
        return session

    async def _are_quiet(self, sessions: Sequence[Any]) -> bool:
        """Whether the walks' workflows have nothing to do: then all that they began to build is there."""
        handles = (self.temporal.get_workflow_handle(walk_workflow_id(UUID(session["id"]))) for session in sessions)
        walks = [(await handle.describe()).raw_description for handle in handles]
        return not any(walk.pending_activities or walk.HasField("pending_workflow_task") for walk in walks)

    async def _waits_for_the_model(self, session: Any, asked: int) -> bool:
        """Whether the model was asked for what the walk builds; a walk that builds nothing comes to rest."""
        return await self.model.asked() >= asked or await self._are_quiet([session])


def _published(steps: int) -> dict[str, Any]:
    """The flow that asks what the model asks: one question after the other, whatever is answered."""
    questions = {
        f"n{number}": {
            "kind": "question",
            "text": QUESTIONS[number - 1],
            "answers": dict.fromkeys(answers_to(TWO_ANSWERS), f"n{number + 1}"),
        }
        for number in range(1, steps + 1)
    }
    return {
        "id": "bench-published",
        "title": "Asks one question after the other",
        "category": "printing",
        "start": "n1",
        "nodes": {**questions, f"n{steps + 1}": {"kind": "resolution", "text": "That was the last question."}},
    }


def _result(figures: dict[str, Any], ahead: _Ahead, asked: _Asked) -> Result:
    step, node, built = (latency_ms(seconds) for seconds in (ahead.steps, ahead.nodes, asked.nodes))
    there, waited = node["p50"] / step["p50"], built["p50"] / step["p50"]
    paid_ahead, paid_asked = (part.asked / _nodes(part.ended) for part in (ahead, asked))
    rows = [
        Row("step of a published flow, p50 / p95 / p99", shown_ms(step), "the floor"),
        Row(
            "next node, built ahead, p50 / p95 / p99",
            shown_ms(node),
            f"p50: {there:.2f} x a step's, at most {_TARGET}",
        ),
        Row(
            "next node, built when asked for",
            shown_ms(built),
            f"p50: {waited:.0f} x a step's; the model takes {figures['model_seconds'] * 1000:.0f} ms",
        ),
        Row("calls paid for each node shown", f"{paid_ahead:.1f}", f"{paid_asked:.1f} if nothing is built ahead"),
    ]
    figures |= {
        "step_ms": step,
        "built_ahead_ms": node,
        "built_when_asked_ms": built,
        "built_ahead_to_step": round(there, 2),
        "built_ahead_to_step_p95": round(node["p95"] / step["p95"], 2),
        "built_when_asked_to_step": round(waited, 2),
        "calls_per_node": {"ahead": round(paid_ahead, 2), "when_asked": round(paid_asked, 2)},
    }
    return Result(NAME, rows, figures, _faults(ahead, asked))


def _nodes(sessions: Sequence[Any]) -> int:
    return sum(len(session["built_nodes"]) for session in sessions)


def _faults(ahead: _Ahead, asked: _Asked) -> list[str]:
    """Nodes that came to be in another way than the one that was measured. The first of a walk is never ahead."""
    later = [(build, True) for session in ahead.ended for build in session["built_nodes"][1:]]
    later += [(build, False) for session in asked.ended for build in session["built_nodes"][1:]]
    wrong = sum((build["engine"], build["ahead"]) != ("model", expected) for build, expected in later)
    return [f"{wrong} of {len(later)} nodes were not built as they were to be"] if wrong else []


@asynccontextmanager
async def _scripted_model(folder: Path, seconds: float) -> AsyncIterator[ScriptedModel]:
    """Run the model in a process of its own, so that it takes no time from the one that measures."""
    port = free_port()
    program = [sys.executable, "-m", "bench.scripted_model", str(port), str(seconds)]
    child = await Child.start("model", program, data_dir=folder, env={}, cwd=Path(__file__).parent.parent)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            model = ScriptedModel(http, port)
            await until(model.is_up)
            yield model
    finally:
        await child.stop()
