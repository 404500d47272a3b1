"""Plays dialogs through the REST API, and compares what the database then holds with what the dialog did."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from bench.charts import DataSet, Dialog, Route, Unplayable, route_of
from bench.rest import Refused, Rest
from l1.domain.flow_file import parse_flow


class Found(StrEnum):
    """What matching made of a dialog's first utterance."""

    MATCHED = "matched"
    """The dialog's flow was started."""
    SUGGESTED = "suggested"
    """The dialog's flow was among the suggestions."""
    OTHERS_SUGGESTED = "others_suggested"
    WRONG = "wrong"
    """Another flow was started."""
    NOTHING = "nothing"
    """No flow: out of scope, or a tree was begun to be built."""


@dataclass(frozen=True)
class Part:
    """A dialog that can be played: its flow's id and the way through it."""

    dialog: Dialog
    flow_id: str
    route: Route


@dataclass
class Walked:
    """How one dialog went. `rank` is the place of its flow among what was found, from 1; `wrong_flow` a flow's id.

    `reached` says that the walk came to the dialog's last node and was closed there, `same_path` that the database
    holds the dialog's nodes and answers in order.
    """

    part: Part
    found: Found = Found.NOTHING
    rank: int | None = None
    wrong_flow: str | None = None
    started: bool = False
    steps: int = 0
    reached: bool = False
    same_path: bool = False
    fault: str | None = None


@dataclass(frozen=True)
class Outcome:
    """All that was played, in `seconds` of wall clock; `titles` are those of all flows that could be matched."""

    data: DataSet
    unplayable: Mapping[str, str]
    walked: Sequence[Walked]
    titles: Mapping[str, str]
    seconds: float
    latencies: Mapping[str, Sequence[float]] = field(repr=False)
    late: int = 0

    @property
    def faults(self) -> list[str]:
        """What must not be: a walk that was started but has not come to its end, or not by the dialog's path."""
        found = [
            f"dialog {walk.part.dialog.id}: {walk.fault or 'the walk did not go as the dialog did'}"
            for walk in self.walked
            if not (walk.reached and walk.same_path)
        ]
        return found if self.walked else ["no dialog could be played"]


async def play_all(
    rest: Rest, data: DataSet, *, concurrency: int, on_done: Callable[[], None] = lambda: None
) -> Outcome:
    """Import the flows and play every dialog that can be played, `concurrency` at a time."""
    ids = {name: await rest.publish(flow) for name, flow in data.flows.items()}
    parts, unplayable = cast_parts(data, ids)
    waiting = iter(parts)
    walked: list[Walked] = []

    async def play_next() -> None:
        for part in waiting:
            walked.append(await _play(rest, part))
            on_done()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(play_next())
    seconds = time.perf_counter() - started
    titles = await rest.flow_titles()
    return Outcome(data, unplayable, walked, titles, seconds, rest.seconds, rest.late)


def cast_parts(data: DataSet, flow_ids: Mapping[str, str]) -> tuple[list[Part], dict[str, str]]:
    """Tell the dialogs that can be played from those that can't, by their ids with the reason."""
    flows = {name: parse_flow(raw) for name, raw in data.flows.items()}
    parts: list[Part] = []
    unplayable: dict[str, str] = {}
    for dialog in data.dialogs:
        if dialog.chart in data.broken:
            unplayable[dialog.id] = f"chart {dialog.chart} makes no flow: {data.broken[dialog.chart]}"
        elif dialog.chart not in flows:
            unplayable[dialog.id] = f"there is no chart {dialog.chart or '(none named)'}"
        elif not dialog.opening:
            unplayable[dialog.id] = "the caller says nothing"
        else:
            try:
                parts.append(Part(dialog, flow_ids[dialog.chart], route_of(dialog, flows[dialog.chart])))
            except Unplayable as error:
                unplayable[dialog.id] = str(error)
    return parts, unplayable


async def _play(rest: Rest, part: Part) -> Walked:
    walked = Walked(part)
    try:
        session = await _right_session(rest, walked)
        walked.started = True
        # A walk that stands elsewhere than the dialog refuses the step.
        for node_id, answer in part.route.taken:
            session = await rest.command(session["id"], "step", {"node_id": node_id, "answer": answer})
            walked.steps += 1
        await _close(rest, session, part.route)
        _compare(await rest.read(session["id"]), walked)
    except (Refused, httpx.HTTPError) as error:
        walked.fault = str(error) or type(error).__name__
    return walked


async def _right_session(rest: Rest, walked: Walked) -> Any:
    """Take the call as a technician would: a wrong walk is given up for the right one."""
    part = walked.part
    answer = await rest.take(part.dialog.opening)
    _note_what_was_found(answer, walked)
    if walked.found is Found.MATCHED:
        return answer["session"]
    if answer["session_id"] is not None:
        wrong = {"reason_category": "wrong_flow", "reason": "The technician chose another flow."}
        await rest.command(answer["session_id"], "escalate", wrong)
    return (await rest.take(part.dialog.opening, flow_id=part.flow_id))["session"]


def _note_what_was_found(answer: Any, walked: Walked) -> None:
    suggested = [near["flow_id"] for near in answer["near_miss"]]
    if answer["outcome"] == "matched":
        right = answer["flow_id"] == walked.part.flow_id
        walked.found, walked.rank = (Found.MATCHED, 1) if right else (Found.WRONG, None)
        walked.wrong_flow = None if right else answer["flow_id"]
    elif walked.part.flow_id in suggested:
        walked.found, walked.rank = Found.SUGGESTED, suggested.index(walked.part.flow_id) + 1
    elif suggested:
        walked.found = Found.OTHERS_SUGGESTED


async def _close(rest: Rest, session: Any, route: Route) -> None:
    if route.reaches_end:
        await rest.command(session["id"], "resolve", {"helpful": True, "resolution_notes": "As the dialog ended."})
    else:
        early = {"reason_category": "needs_engineer", "reason": "The dialog ended before the flow did."}
        await rest.command(session["id"], "escalate", early)


def _compare(session: Any, walked: Walked) -> None:
    route = walked.part.route
    path = [(entry["node_id"], entry["answer"]) for entry in session["walked_path"]]
    ended = session["current_node"] is not None and not session["current_node"]["answers"]
    status = "resolved" if route.reaches_end else "escalated"
    walked.same_path = path == list(route.taken) and session["current_node_id"] == route.nodes[-1]
    walked.reached = session["status"] == status and ended == route.reaches_end
    if not walked.same_path:
        walked.fault = f"the database holds {path} and then {session['current_node_id']}, not {list(route.nodes)}"
    elif not walked.reached:
        walked.fault = f"the walk is {session['status']} on node {session['current_node_id']}"
