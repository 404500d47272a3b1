"""What an engineer reads of a walk in the Temporal Web UI. Markdown, without the customer's words."""

from collections import Counter
from collections.abc import Iterator

from l1.domain.building import Engine
from l1.domain.events import Escalated, Event, NodePlaced, Noted, Opened, Rejected, Resolved, Stepped
from l1.domain.record import Record
from l1.domain.session import Status, Walk

_BUILDERS = {Engine.MODEL: "the model", Engine.PLAYBOOK: "the playbook", Engine.NONE: "nobody"}
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~$"})

_STEPS_SHOWN = 50
"""The Web UI puts the whole text into an address."""


def details_of(walk: Walk) -> str:
    """Return flow, owner, path, current question, deadline, and how the walk ended.

    Notes are counted only: they name customers. The owner is staff, and the details are encrypted like every payload.
    """
    lines = [
        f"**{walk.status}** · category **{_plain(walk.category)}** · {walk.session_kind} · revision {walk.revision}",
        "",
        " · ".join(_facts_of(walk)),
        "",
    ]
    left_out = max(0, len(walk.walked_path) - _STEPS_SHOWN)
    if left_out:
        lines += [f"{left_out} earlier steps are in the history.", ""]
    lines += [
        f"{number}. {_plain(walk.tree.nodes[entry.node_id].text)} → **{_plain(entry.answer)}** ({entry.seconds:.0f} s)"
        for number, entry in enumerate(walk.walked_path[left_out:], left_out + 1)
    ]
    if walk.current_node is not None and walk.status is Status.ACTIVE:
        lines += ["", f"**Now:** {_plain(walk.current_node.text)}", ""]
        lines += [f"- {_plain(answer)}" for answer in walk.current_node.answers]
    if walk.building is not None:
        lines += ["", "**Now:** the next node is being built"]
    if walk.built_nodes:
        lines += ["", f"Built by {_builders_of(walk)}."]
    if walk.stall_deadline is not None:
        lines += ["", f"Escalates itself at {walk.stall_deadline:%Y-%m-%d %H:%M:%S} UTC if nothing happens."]
    if walk.resolution is not None:
        helpful = {True: "helpful", False: "not helpful", None: "not confirmed by anybody"}[walk.resolution.helpful]
        lines += ["", f"**Resolved**, {helpful}."]
    if walk.escalation is not None:
        lines += ["", f"**Escalated** because of {_plain(walk.escalation.reason_category)}."]
    return "\n".join(lines)


def summary_of(record: Record) -> str:
    """Say what is recorded: "record: step 3, note"."""
    parts = list(_parts_of(record)) or ["receipts"]
    counted = Counter(parts)
    return "record: " + ", ".join(part if count == 1 else f"{part} ({count})" for part, count in counted.items())


def _parts_of(record: Record) -> Iterator[str]:
    steps = sum(isinstance(event.body, Stepped) for event in record.events)
    step = 0 if record.walk is None else len(record.walk.walked_path) - steps
    for event in record.events:
        step += isinstance(event.body, Stepped)
        yield _part_of(event, step)


def _part_of(event: Event, step: int) -> str:
    match event.body:
        case Opened():
            return "opening"
        case Stepped():
            return f"step {step}"
        case NodePlaced():
            return "node"
        case Noted():
            return "note"
        case Resolved():
            return "resolution"
        case Escalated():
            return "escalation"
        case Rejected():
            return "refusal"


def _facts_of(walk: Walk) -> Iterator[str]:
    if walk.flow_title is not None:
        yield f"flow **{_plain(walk.flow_title)}**, version {walk.flow_version}"
    yield f"taken by {_plain(walk.owner.name or walk.owner.id)}"
    yield f"notes: {len(walk.walk_notes)}"


def _builders_of(walk: Walk) -> str:
    """Count the nodes by who built them and why it was not the model: "the model: 3, the playbook (outage): 1"."""
    built = Counter(
        f"{_BUILDERS[build.engine]}" + (f" ({build.fell_back_because})" if build.fell_back_because else "")
        for build in walk.built_nodes
    )
    return ", ".join(f"{_plain(who)}: {nodes}" for who, nodes in built.items())


def _plain(text: str) -> str:
    return text.translate(_MARKDOWN).replace("\n", " ")
