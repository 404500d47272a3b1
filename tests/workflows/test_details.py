from dataclasses import replace
from uuid import uuid4

from l1.domain.building import Engine, FellBack, NodeBuild
from l1.domain.commands import Escalate, NoteText, Resolve, Step, TakeNotes
from l1.domain.events import Event
from l1.domain.record import Record
from l1.domain.walk import apply
from tests.l1.domain.walks import built_walk, command, flow_walk
from workflows.details import details_of, summary_of


def test_an_engineer_reads_the_path_and_the_question_and_no_customer_s_words() -> None:
    walk, _ = apply(flow_walk(), command(Step("n1", "Yes", note="Ada's desk")))
    walk, _ = apply(walk, command(TakeNotes((NoteText("Ada is in a hurry"),)), after=2))
    details = details_of(walk)
    assert "category **hardware**" in details
    assert "taken by Kim · notes: 1" in details
    assert "1. Is it plugged in? → **Yes** (1 s)" in details
    assert "**Now:** Plug it in elsewhere." in details
    assert "Escalates itself at 2026-11-02 09:30:02 UTC" in details
    assert "Ada" not in details
    assert "dark" not in details


def test_the_details_tell_how_a_walk_ended() -> None:
    assert "**Resolved**, not helpful" in details_of(apply(flow_walk(), command(Resolve(helpful=False)))[0])
    assert "because of hardware\\_failure" in details_of(apply(flow_walk(), command(Escalate("hardware_failure")))[0])


def test_a_walk_that_waits_for_a_node_says_so() -> None:
    assert "the next node is being built" in details_of(built_walk())


def test_the_details_tell_who_built_the_nodes_and_why_it_was_not_the_model() -> None:
    builds = [
        NodeBuild("n1", uuid4(), Engine.MODEL),
        NodeBuild("n2", uuid4(), Engine.MODEL),
        NodeBuild("n3", uuid4(), Engine.PLAYBOOK, fell_back_because=FellBack.RATE_LIMIT),
    ]
    details = details_of(replace(built_walk(), built_nodes=tuple(builds)))
    assert "Built by the model: 2, the playbook (rate\\_limit): 1." in details


def test_of_a_long_walk_the_latest_steps_are_shown_under_their_numbers() -> None:
    walk = flow_walk()
    for place in range(60):
        walk, _ = apply(walk, command(Step("n1", "Ask again"), after=place))
    details = details_of(walk)
    assert "10 earlier steps are in the history." in details
    assert "\n11. Is it plugged in?" in details
    assert "\n60. Is it plugged in?" in details
    assert "\n10. " not in details


def test_the_details_name_the_flow() -> None:
    assert "flow **No power**, version 1" in details_of(replace(flow_walk(), flow_title="No power"))


def test_a_summary_says_what_is_recorded_and_nothing_of_what_was_said() -> None:
    walk, first = apply(flow_walk(), command(Step("n1", "Ask again", note="Ada's desk")))
    walk, second = apply(walk, command(Step("n1", "Yes"), after=2))
    walk, note = apply(walk, command(TakeNotes((NoteText("Ada is in a hurry"),)), after=3))
    walk, again = apply(walk, command(TakeNotes((NoteText("Ada calls back"),)), after=4))
    _, refused = apply(walk, command(Step("n1", "Yes"), after=5))

    def recorded(*events: Event) -> str:
        return summary_of(Record(walk.account_id, walk.session_id, 1, events, (), walk))

    assert recorded(first, second, note, again) == "record: step 1, step 2, note (2)"
    assert recorded(second) == "record: step 2"
    assert recorded(refused) == "record: refusal"
    assert recorded() == "record: receipts"
