from dataclasses import replace
from datetime import UTC, timedelta
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from l1.domain import limits
from l1.domain.commands import Body, Command, Escalate, NoteText, Resolve, Sender, Step, TakeNotes
from l1.domain.events import Event, EventBody, Rejected
from l1.domain.session import OPERATOR, TIMEOUT, Actor, Status, Walk, session_of
from l1.domain.tree import Node, NodeKind
from l1.domain.walk import TRANSITIONS, Phase, apply, evolve, opened, phase_of, replay
from tests.l1.domain.walks import KIM, T0, TREE, built_walk, command, flow_walk, placing


def code_of(event: Event) -> str | None:
    return event.body.problem.code if isinstance(event.body, Rejected) else None


def walked(walk: Walk, *bodies: Body) -> Walk:
    for place, body in enumerate(bodies, 1):
        walk, event = apply(walk, command(body, after=place))
        assert not isinstance(event.body, Rejected), event
    return walk


def test_every_phase_knows_every_command() -> None:
    assert set(TRANSITIONS) == {(phase, body) for phase in Phase for body in get_args(Body)}


def test_an_answer_leads_to_the_next_node() -> None:
    walk = walked(flow_walk(), Step("n1", "Yes", note="twice"))
    assert walk.current_node_id == "n2"
    [entry] = walk.walked_path
    assert (entry.node_id, entry.question, entry.answer, entry.note) == ("n1", "Is it plugged in?", "Yes", "twice")
    assert entry.seconds == 1.0
    assert walk.revision == 2


def test_the_wording_the_caller_heard_is_kept_beside_the_nodes_own() -> None:
    walk = walked(
        flow_walk(), Step("n1", "Ask again", "Is the plug in the wall?"), Step("n1", "Yes", "Is it plugged in?")
    )
    asked = [(entry.question, entry.asked_as) for entry in walk.walked_path]
    assert asked == [("Is it plugged in?", "Is the plug in the wall?"), ("Is it plugged in?", None)]


def test_a_step_on_another_node_is_stale_and_tells_the_current_one() -> None:
    _, event = apply(flow_walk(), command(Step("n2", "It works")))
    assert code_of(event) == "stale_step"
    assert isinstance(event.body, Rejected)
    assert event.body.problem.extra["current_node"]["id"] == "n1"


def test_an_unknown_answer_tells_the_known_ones() -> None:
    _, event = apply(flow_walk(), command(Step("n1", "Perhaps")))
    assert code_of(event) == "unknown_answer"
    assert isinstance(event.body, Rejected)
    assert event.body.problem.extra["answers"] == ["Yes", "No", "Ask again"]


def test_a_node_that_ends_the_walk_takes_no_answer() -> None:
    walk = walked(flow_walk(), Step("n1", "No"))
    assert code_of(apply(walk, command(Step("fixed", "Yes")))[1]) == "unknown_answer"


def test_a_command_on_an_older_revision_is_refused() -> None:
    walk = walked(flow_walk(), Step("n1", "Yes"))
    _, event = apply(walk, command(Step("n2", "It works"), expected_revision=1))
    assert code_of(event) == "revision_mismatch"


@pytest.mark.parametrize("closing", [Resolve(helpful=True), Escalate("needs_engineer")])
@pytest.mark.parametrize(
    "late", [Step("n1", "Yes"), TakeNotes((NoteText("late"),)), Resolve(helpful=False), Escalate("other")]
)
def test_a_closed_walk_takes_nothing_more(closing: Body, late: Body) -> None:
    closed = walked(flow_walk(), closing)
    after, event = apply(closed, command(late, after=5))
    assert code_of(event) == "session_closed"
    assert after == closed
    assert closed.stall_deadline is None


def test_a_note_without_a_node_belongs_to_the_current_one() -> None:
    walk = walked(flow_walk(), Step("n1", "Yes"), TakeNotes((NoteText("a"), NoteText("b", "n1"))))
    assert [(note.text, note.node_id) for note in walk.walk_notes] == [("a", "n2"), ("b", "n1")]


def test_a_note_on_a_node_of_another_tree_is_refused() -> None:
    assert code_of(apply(flow_walk(), command(TakeNotes((NoteText("a", "n99"),))))[1]) == "unknown_node"


def test_a_step_and_a_note_move_the_stall_deadline_and_a_rejection_does_not() -> None:
    walk = flow_walk(stall_after=60)
    assert walk.stall_deadline == T0 + timedelta(seconds=60)
    walk, _ = apply(walk, command(Step("n1", "Yes"), after=30))
    assert walk.stall_deadline == T0 + timedelta(seconds=90)
    walk, _ = apply(walk, command(TakeNotes((NoteText("a"),)), after=40))
    assert walk.stall_deadline == T0 + timedelta(seconds=100)
    walk, _ = apply(walk, command(Step("n1", "Yes"), after=50))
    assert walk.stall_deadline == T0 + timedelta(seconds=100)


def test_while_a_node_is_built_there_is_nothing_to_answer() -> None:
    assert code_of(apply(built_walk(), command(Step("n1", "Yes")))[1]) == "stale_step"


def test_a_built_node_is_where_its_answer_leads_from_then_on() -> None:
    walk = walked(built_walk(), placing(Node("n1", NodeKind.QUESTION, "On?", {"Yes": None, "No": None})))
    walk = walked(walk, Step("n1", "No"))
    assert phase_of(walk) is Phase.BUILDING
    walk = walked(walk, placing(Node("n2", NodeKind.ESCALATION, "Up.", reason_category="other")))
    assert walk.tree.nodes["n1"].answers == {"Yes": None, "No": "n2"}
    assert walk.current_node_id == "n2"


def test_a_node_that_nobody_waits_for_is_not_placed() -> None:
    walk = flow_walk()
    assert apply(walk, command(placing(Node("n9", NodeKind.RESOLUTION, "Late."))))[0] == walk


@pytest.mark.parametrize("body", [Step("n1", "Yes"), TakeNotes((NoteText("a"),)), Escalate("stalled")])
@pytest.mark.parametrize("actor", [Actor("ada", "Ada"), TIMEOUT])
def test_a_call_stays_with_who_took_it(body: Body, actor: Actor) -> None:
    walk, _ = apply(flow_walk(), command(body, actor=actor))
    assert walk.owner == KIM


def test_beside_every_user_id_stands_a_name() -> None:
    walk = walked(flow_walk(), Step("n1", "Yes"), TakeNotes((NoteText("a"),)), Escalate("other"))
    [entry], [note] = walk.walked_path, walk.walk_notes
    assert (entry.answered_by, entry.answered_by_name) == (note.by, note.by_name) == (KIM.id, KIM.name)
    assert walk.escalation is not None
    assert (walk.escalation.by, walk.escalation.by_name) == (KIM.id, KIM.name)
    assert (session_of(walk).owner, session_of(walk).customer_contact) == (KIM, walk.customer_contact)


def test_time_never_runs_backwards_in_a_walk() -> None:
    walk, _ = apply(flow_walk(), command(Step("n1", "Ask again"), after=10))
    walk, event = apply(walk, command(Step("n1", "Ask again"), after=3))
    assert event.at == T0 + timedelta(seconds=10)
    assert walk.walked_path[1].seconds == 0.0


def test_a_walk_has_at_most_so_many_steps_and_so_much_text() -> None:
    walk = flow_walk()
    for place in range(limits.PATH_ENTRIES):
        walk, _ = apply(walk, command(Step("n1", "Ask again"), after=place))
    assert code_of(apply(walk, command(Step("n1", "Ask again"), after=900))[1]) == "walk_full"
    full = replace(flow_walk(), text_size=limits.WALK_TEXT)
    assert code_of(apply(full, command(TakeNotes((NoteText("x"),))))[1]) == "walk_full"
    assert code_of(apply(full, command(Escalate("time_limit")))[1]) is None


texts = st.text(min_size=1, max_size=8)
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(
        Step,
        st.sampled_from(["n1", "n2", "fixed", "up", "n77"]),
        st.sampled_from(["Yes", "No", "It works", "No change", "Ask again", "?"]),
        st.none() | texts,
        st.none() | texts,
    ),
    st.builds(
        lambda items: TakeNotes(tuple(items)),
        st.lists(st.builds(NoteText, texts, st.none() | st.sampled_from(["n1", "zz"])), min_size=1, max_size=3),
    ),
    st.builds(Resolve, st.booleans(), st.none() | texts),
    st.builds(Escalate, st.sampled_from(["needs_engineer", "stalled"]), st.none() | texts),
    st.builds(
        lambda number, kind: placing(
            Node(f"b{number}", kind, "built", {} if kind.is_terminal else {"Yes": None, "No": "n1"})
        ),
        st.integers(0, 5),
        st.sampled_from(list(NodeKind)),
    ),
)
commands = st.builds(
    Command,
    st.builds(
        Sender,
        st.uuids(),
        st.datetimes(min_value=T0.replace(tzinfo=None), timezones=st.just(UTC)),
        st.sampled_from([KIM, TIMEOUT, OPERATOR]),
        st.none() | st.integers(1, 6),
    ),
    bodies,
)
starts = st.builds(flow_walk) | st.builds(built_walk)


@given(starts, st.lists(commands, max_size=25))
@settings(max_examples=3 * settings().max_examples)
def test_whatever_is_sent_a_walk_stays_sound(start: Walk, sent: list[Command]) -> None:
    walk = start
    events = [opened(walk, command(Resolve(helpful=True)).sender)]
    for one in sent:
        before = walk
        walk, event = apply(before, one)
        events.append(event)
        assert event.command_id == one.sender.id
        if isinstance(event.body, Rejected):
            assert walk == before
        else:
            assert walk.revision == before.revision + 1 == event.revision
            assert evolve(before, event) == walk
        assert phase_of(walk) in Phase
        assert not before.is_closed or walk == before
        assert walk.last_activity_at >= before.last_activity_at
        assert (walk.status is Status.RESOLVED) == (walk.resolution is not None) == (walk.resolved_at is not None)
        assert (walk.status is Status.ESCALATED) == (walk.escalation is not None)
        assert walk.current_node_id is None or walk.current_node_id in walk.tree.nodes
        assert all(entry.seconds >= 0 for entry in walk.walked_path)
        session_of(walk)
    assert replay(events) == walk


def test_replaying_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="must open it"):
        replay([])


def test_every_event_survives_the_database_format() -> None:
    adapter: TypeAdapter[EventBody] = TypeAdapter(EventBody)
    walk = flow_walk()
    events = [opened(walk, command(Resolve(helpful=True)).sender)]
    for body in (Step("n1", "Yes"), TakeNotes((NoteText("a"),)), Step("zz", "?"), Resolve(helpful=True)):
        walk, event = apply(walk, command(body))
        events.append(event)
    for event in events:
        assert adapter.validate_python(adapter.dump_python(event.body, mode="json")) == event.body
    assert list(TREE.nodes["n1"].answers) == ["Yes", "No", "Ask again"]
