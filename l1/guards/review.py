from collections.abc import Sequence
from dataclasses import replace

from l1.domain.building import Brief, ProposedNode
from l1.domain.reasons import NEEDS_ENGINEER
from l1.domain.tree import Node, NodeKind
from l1.guards import contacts, credentials, disruption, off_task, privacy, protection, repeats, shell_commands, verbs
from l1.guards.fault import Fault, FaultCode
from l1.guards.folding import foreign_letters
from l1.guards.shape import faults_of_answers, faults_of_shape, faults_of_size

_FOREIGN = Fault(FaultCode.LANGUAGE, "It has letters of another script in it. Write plain English in Latin letters.")

_MOST_READ = 2_000
"""Characters; more than any node may have, with its answers. No text can make the guards work for long."""
_UNREAD = Fault(FaultCode.TOO_LONG, "It is far too long. Write one or two short sentences.")


def review(proposed: ProposedNode, brief: Brief, likeness: Sequence[float]) -> list[Fault]:
    """Return all faults of a proposed node; none: it may be shown. Never raises.

    Of one that is too large, only that is told: no more of it is read than a node may hold.

    `likeness[i]` is the cosine, 0 to 1, of the proposed text with that of `brief.asked[i]`; empty without an embedder,
    when the words decide.
    """
    if faults := faults_of_size(proposed):
        return faults
    proposed = replace(proposed, text=proposed.text.strip(), answers=tuple(map(str.strip, proposed.answers)))
    faults = faults_of_shape(proposed, brief) + faults_of_answers(proposed)
    # What the proposal says in all: a sentence that goes on in an answer is read as one.
    faults += unsafe_content("\n".join((proposed.text, *proposed.answers)))
    faults += [fault for part in (proposed.text, *proposed.answers) for fault in unsafe_content(part)]
    if not proposed.kind.is_terminal and _repeated(proposed, brief, likeness):
        faults.append(Fault(FaultCode.REPEATED, repeats.DETAIL))
    if disruption.disrupts_unasked(proposed.text, declared=proposed.disruptive, asked=brief.asked):
        faults.append(Fault(FaultCode.DISRUPTIVE, disruption.DETAIL))
    if disruption.does_the_unknown(proposed.text, proposed.kind, brief.asked):
        faults.append(Fault(FaultCode.DISRUPTIVE, verbs.DETAIL))
    return list(dict.fromkeys(faults))


def unsafe_content(text: str) -> list[Fault]:
    """Return what a text may not say wherever it is shown, whatever node it belongs to."""
    if len(text) > _MOST_READ:
        return [_UNREAD]
    found: list[Fault] = []
    if foreign_letters(text):
        found.append(_FOREIGN)
    if credentials.asks_for_secret(text):
        found.append(Fault(FaultCode.CREDENTIALS, credentials.DETAIL))
    if shell_commands.has_command(text):
        found.append(Fault(FaultCode.COMMAND, shell_commands.DETAIL))
    if contacts.leads_somewhere(text):
        found.append(Fault(FaultCode.CONTACT, contacts.DETAIL))
    if protection.lowers_guard(text):
        found.append(Fault(FaultCode.PROTECTION, protection.DETAIL))
    if privacy.tells_of_people(text):
        found.append(Fault(FaultCode.PRIVACY, privacy.DETAIL))
    if off_task.strays(text):
        found.append(Fault(FaultCode.OFF_TASK, off_task.DETAIL))
    return found


def _repeated(proposed: ProposedNode, brief: Brief, likeness: Sequence[float]) -> bool:
    asked, near = list(brief.asked), list(likeness)
    # To do a thing is said in much the same words as to ask leave for it, and comes right after it.
    if asked and disruption.urges(proposed.text) & disruption.granted(asked):
        asked, near = asked[:-1], near[: len(asked) - 1]
    return repeats.is_repeated(proposed.text, asked, near, proposed.kind)


def node_of(proposed: ProposedNode, node_id: str) -> Node:
    """Return the node as it is shown, with its answers still to be built."""
    text = " ".join(proposed.text.split())
    if proposed.kind.is_terminal:
        reason = NEEDS_ENGINEER if proposed.kind is NodeKind.ESCALATION else None
        return Node(node_id, proposed.kind, text, reason_category=reason)
    return Node(node_id, proposed.kind, text, dict.fromkeys(" ".join(answer.split()) for answer in proposed.answers))
