"""The state of a workflow, as continue-as-new hands it on."""

from uuid import uuid4

from temporalio.converter import PayloadConverter

from l1.domain.building import Engine, NodeBuild
from l1.domain.commands import NoteText, Resolve, Sender, Step, TakeNotes
from l1.domain.errors import Invalid
from l1.domain.intake import Intake
from l1.domain.session import Actor
from l1.domain.signals import Signal
from l1.domain.tree import Node, NodeKind
from l1.temporal.converter import DomainPayloadConverter
from tests.l1.domain.walks import KIM, T0, built_walk, placing
from workflows.call import Built, Call, Child

QUESTION = Node("n1", NodeKind.QUESTION, "Is it lit?", {"Yes": None, "No": None})


def call() -> Call:
    walk = built_walk()
    return Call(walk.session_id, walk.account_id, Intake("It is dark"), Sender(uuid4(), T0, KIM), walk=walk)


def sender() -> Sender:
    return Sender(uuid4(), T0, Actor("kim"))


def handed_on(state: Call) -> Call:
    converter: PayloadConverter = DomainPayloadConverter()
    [payload] = converter.to_payloads([state])
    [read] = converter.from_payloads([payload], [Call])
    assert isinstance(read, Call)
    return read


def test_all_that_a_workflow_knows_is_handed_on() -> None:
    state = call()
    state.decide(sender(), placing(QUESTION), is_own_decision=True)
    state.answer(Signal("note", sender(), TakeNotes((NoteText("a"),))))
    state.answer(Signal("step", sender(), Step("n1", "Yes")))
    state.early += [
        Signal("resolve", sender(), Resolve(helpful=True)),
        Signal("unknown", sender(), Invalid("There is no such signal.", field="").problem),
    ]
    state.built_ahead.append(Child("n1", "No", Built(QUESTION, NodeBuild("n1", uuid4(), Engine.MODEL))))
    assert state.is_new(uuid4())
    assert state.awaiting_node
    assert state.outbox.has_own_decisions
    assert handed_on(state) == state


def test_a_command_is_new_once_and_so_is_the_intake() -> None:
    state, command_id = call(), uuid4()
    assert state.is_new(command_id)
    assert not state.is_new(command_id)
    assert not state.is_new(state.sender.id)


def test_of_the_commands_that_were_seen_the_latest_five_hundred_are_known() -> None:
    state = call()
    commands = [uuid4() for _ in range(600)]
    assert all(map(state.is_new, commands))
    assert not any(map(state.is_new, commands[100:]))
    assert len(state.seen) == 500


def test_a_step_that_waits_for_a_node_has_its_receipt_with_the_node() -> None:
    state = call()
    state.decide(sender(), placing(QUESTION))
    state.answer(Signal("step", sender(), Step("n1", "Yes")))
    assert not state.outbox.receipts
    state.decide(sender(), placing(Node("n2", NodeKind.RESOLUTION, "It was off.")))
    assert [receipt.revision for receipt in state.outbox.receipts] == [state.opened.revision]
