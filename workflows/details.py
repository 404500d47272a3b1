"""What an engineer reads of a walk in the Temporal Web UI. Markdown, without the customer's words."""

from collections import Counter

from l1.domain.building import Engine
from l1.domain.session import Status, Walk

_BUILDERS = {Engine.MODEL: "the model", Engine.PLAYBOOK: "the playbook", Engine.NONE: "nobody"}
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~$"})

_STEPS_SHOWN = 50
"""The Web UI puts the whole text into an address."""


def details_of(walk: Walk) -> str:
    """Return category, path, current question, deadline, and how the walk ended. Notes stay out: they name people."""
    lines = [
        f"**{walk.status}** · category **{_plain(walk.category)}** · {walk.session_kind} · revision {walk.revision}",
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


def _builders_of(walk: Walk) -> str:
    """Count the nodes by who built them and why it was not the model: "the model: 3, the playbook (outage): 1"."""
    built = Counter(
        f"{_BUILDERS[build.engine]}" + (f" ({build.fell_back_because})" if build.fell_back_because else "")
        for build in walk.built_nodes
    )
    return ", ".join(f"{_plain(who)}: {nodes}" for who, nodes in built.items())


def _plain(text: str) -> str:
    return text.translate(_MARKDOWN).replace("\n", " ")
