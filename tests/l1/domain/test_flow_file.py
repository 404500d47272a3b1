import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain import limits
from l1.domain.findings import Fault
from l1.domain.flow_file import FlowInvalid, check_flow, flow_to_raw, parse_flow
from l1.domain.tree import Flow, Node, NodeKind, Tree

GOOD: dict[str, Any] = {
    "id": "outlook-password-prompt",
    "title": "Outlook keeps asking for a password",
    "category": "email",
    "description": "Outlook asks again and again.",
    "keywords": ["outlook", "password prompt"],
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Does webmail work?", "answers": {"Yes": "n2", "No": "n3"}},
        "n2": {"kind": "instruction", "text": "Restart it.", "answers": {"It works": "fixed", "No change": "n3"}},
        "fixed": {"kind": "resolution", "text": "The session was old."},
        "n3": {"kind": "escalation", "text": "An engineer looks.", "reason_category": "needs_engineer"},
    },
}


def changed(**changes: object) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **changes}


def with_node(node_id: str, **fields: object) -> dict[str, Any]:
    raw = copy.deepcopy(GOOD)
    raw["nodes"][node_id] = {**raw["nodes"].get(node_id, {}), **fields}
    return raw


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key not in keys}


def test_the_flow_of_the_contract_has_no_fault_and_reads_as_written() -> None:
    assert check_flow(GOOD) == []
    flow = parse_flow(GOOD)
    assert flow.slug == "outlook-password-prompt"
    assert flow.keywords == ("outlook", "password prompt")
    assert flow.tree.nodes["n1"].answers == {"Yes": "n2", "No": "n3"}
    assert flow_to_raw(flow) == GOOD


def test_description_keywords_and_reason_category_may_be_left_out() -> None:
    raw = without("description", "keywords")
    raw["nodes"] = copy.deepcopy(raw["nodes"])
    del raw["nodes"]["n3"]["reason_category"]
    flow = parse_flow(raw)
    assert (flow.description, flow.keywords) == ("", ())
    assert flow.tree.nodes["n3"].reason_category == "needs_engineer"


def test_space_around_texts_is_dropped() -> None:
    flow = parse_flow(with_node("n1", text=" Does it work?\n", answers={" Yes ": "n2", "No": "n3"}))
    assert flow.tree.nodes["n1"].text == "Does it work?"
    assert list(flow.tree.nodes["n1"].answers) == ["Yes", "No"]


def test_walks_may_go_round_as_long_as_there_is_a_way_out() -> None:
    assert check_flow(with_node("n2", answers={"Again": "n1", "It works": "fixed"})) == []


ONE_FAULT: list[tuple[str, Any, str, str]] = [
    ("no object", [1], "flow", "is a list"),
    ("nothing", None, "flow", "is empty"),
    ("a missing field", without("title"), "title", "is missing"),
    ("an unknown field", changed(titel="x"), "titel", "did you mean 'title'?"),
    ("an unknown field of a node", with_node("n1", next="n2"), "nodes.n1.next", "is not a field here"),
    ("a field that is no text", changed(title=12), "title", "the number 12; quote it"),
    ("a bad slug", changed(id="Outlook Prompt"), "id", "lower-case letters and digits"),
    ("a slug that is too long", changed(id="a" * 81), "id", "at most 80"),
    ("a blank title", changed(title="  "), "title", "is empty"),
    ("a title that is too long", changed(title="a" * 201), "title", "has 201 characters; shorten it to at most 200"),
    ("a bad category", changed(category="E-Mail!"), "category", "words joined by '_' or '-'"),
    ("a long description", changed(description="a" * 2001), "description", "at most 2000"),
    ("keywords that are no list", changed(keywords="outlook"), "keywords", "must be a list of texts"),
    ("a keyword that is no text", changed(keywords=["a", True]), "keywords.1", "the boolean true; quote it"),
    ("a keyword that is too long", changed(keywords=["a" * 81]), "keywords.0", "at most 80"),
    ("too many keywords", changed(keywords=["a"] * 51), "keywords", "keep at most 50"),
    ("nodes that are a list", changed(nodes=[]), "nodes", "must be an object of nodes by their ids"),
    ("a node that is no object", changed(start="n", nodes={"n": 1}), "nodes.n", "must be an object with kind, text"),
    ("an unknown kind", with_node("n1", kind="qestion"), "nodes.n1.kind", "did you mean 'question'?"),
    ("a kind like none", with_node("n1", kind=7), "nodes.n1.kind", "kinds are question, instruction, resolution"),
    ("an empty text", with_node("n1", text=""), "nodes.n1.text", "is empty"),
    ("a text that is too long", with_node("n1", text="a" * 4001), "nodes.n1.text", "at most 4000"),
    ("a NUL, which no database stores", with_node("n1", text="a\0b"), "nodes.n1.text", r"'\x00'; remove it"),
    ("a lone surrogate", with_node("n1", text="a\ud800b"), "nodes.n1.text", r"'\ud800'; remove it"),
    ("answers that are a list", with_node("n1", answers=["n2"]), "nodes.n1.answers", "must be an object of labels"),
    ("a bare Yes of YAML", with_node("n1", answers={True: "n2", "No": "n3"}), "nodes.n1.answers.true", 'as in "Yes"'),
    ("a label that is too long", with_node("n3", text="x", kind="question", answers={"a" * 201: "fixed"}), "", "200"),
    (
        "labels that look alike",
        with_node("n1", answers={"Yes": "n2", " yes": "n3"}),
        "nodes.n1.answers. yes",
        "says the same as 'Yes'",
    ),
    (
        "too many answers",
        with_node("n1", answers={f"a{number}": "n2" for number in range(21)} | {"b": "n3"}),
        "nodes.n1.answers",
        "keep at most 20",
    ),
    ("a resolution with answers", with_node("fixed", answers={"Back": "n1"}), "nodes.fixed.answers", "ends the walk"),
    (
        "a bad reason category",
        with_node("n3", reason_category="Needs Engineer"),
        "nodes.n3.reason_category",
        "words joined by '_'",
    ),
    (
        "a reason category of a resolution",
        with_node("fixed", reason_category="needs_engineer"),
        "nodes.fixed.reason_category",
        "belongs to an escalation",
    ),
    ("a start that is no node", changed(start="n9"), "start", "points to 'n9', which is not a node"),
    (
        "a target that is a number",
        with_node("n1", answers={"Yes": "n2", "No": "n3", "Maybe": 3}) | {"start": "n1"},
        "nodes.n1.answers.Maybe",
        "the number 3; quote it",
    ),
    (
        "an answer that leads nowhere yet",
        with_node("n1", answers={"Yes": "n2", "No": "n3", "Maybe": None}),
        "nodes.n1.answers.Maybe",
        "must be text, but is empty",
    ),
    (
        "a target with a typing error",
        with_node("n2", answers={"It works": "fixed", "No change": "n3", "Else": "fixd"}),
        "nodes.n2.answers.Else",
        "points to 'fixd', which is not a node; did you mean 'fixed'?",
    ),
    (
        "a node that nothing leads to",
        with_node("lost", kind="resolution", text="x"),
        "nodes.lost",
        "is never reached from 'n1'",
    ),
]


@pytest.mark.parametrize(
    ("raw", "place", "message"), [case[1:] for case in ONE_FAULT], ids=[case[0] for case in ONE_FAULT]
)
def test_a_fault_is_named_with_its_place_and_what_to_do(raw: object, place: str, message: str) -> None:
    faults = check_flow(raw)
    assert any(place in fault.place and message in fault.message for fault in faults), faults


def test_a_question_without_answers_is_a_fault_of_its_own_and_not_also_a_walk_that_cannot_end() -> None:
    raw = with_node("n3", kind="question", reason_category="x")
    del raw["nodes"]["n3"]["reason_category"]
    assert check_flow(raw) == [Fault("nodes.n3.answers", "must have at least one answer: a question leads somewhere")]


def test_every_node_of_a_circle_without_a_way_out_is_named() -> None:
    raw = with_node("n3", kind="question", answers={"Again": "n4"})
    del raw["nodes"]["n3"]["reason_category"]
    raw["nodes"]["n4"] = {"kind": "instruction", "text": "Wait.", "answers": {"Done": "n3"}}
    faults = check_flow(raw)
    assert [fault.place for fault in faults] == ["nodes.n3", "nodes.n4"]
    assert all("can't end" in fault.message for fault in faults)


def test_ids_that_yaml_reads_as_numbers_are_to_be_quoted_and_cause_no_other_fault() -> None:
    raw = changed(
        start=1,
        nodes={
            1: {"kind": "question", "text": "a", "answers": {"On": 2}},
            2: {"kind": "resolution", "text": "b"},
        },
    )
    faults = check_flow(raw)
    assert {fault.place for fault in faults} == {"start", "nodes.1", "nodes.2", "nodes.1.answers.On"}
    assert all("quote it" in fault.message for fault in faults)


def test_all_faults_are_named_at_once() -> None:
    raw = with_node("n1", text="", answers={"Yes": "n2", "No": "n9"}) | {"id": "No Slug", "category": 3}
    assert {fault.place for fault in check_flow(raw)} == {
        "id",
        "category",
        "nodes.n1.text",
        "nodes.n1.answers.No",
    }


def test_more_nodes_than_the_limit_are_refused() -> None:
    last = limits.NODES
    nodes: dict[str, Any] = {
        f"n{number}": {"kind": "instruction", "text": "x", "answers": {"Done": f"n{number + 1}"}}
        for number in range(last)
    }
    nodes[f"n{last}"] = {"kind": "resolution", "text": "x"}
    [fault] = check_flow(changed(start="n0", nodes=nodes))
    assert fault == Fault("nodes", "has 1001 nodes; split the flow, at most 1000 are allowed")


@pytest.mark.usefixtures("slow")
def test_a_file_full_of_wrong_targets_is_checked_quickly() -> None:
    nodes = {
        f"node-{number}": {
            "kind": "question",
            "text": "x",
            "answers": {str(label): f"nod-{label}" for label in range(20)},
        }
        for number in range(limits.NODES)
    }
    assert len(check_flow(changed(start="node-0", nodes=nodes))) >= 20 * limits.NODES


def test_an_invalid_flow_carries_its_faults() -> None:
    with pytest.raises(FlowInvalid, match="title: is empty") as raised:
        parse_flow(changed(title=""))
    assert raised.value.faults == (Fault("title", "is empty; write some text"),)


@pytest.mark.parametrize(
    "number", [10**5000, -(10**5000), float("nan"), float("inf")], ids=["huge", "negative", "nan", "inf"]
)
def test_numbers_that_cannot_be_printed_are_named_all_the_same(number: float) -> None:
    raw = changed(id=number, start=number) | {"nodes": {number: {"kind": number, "text": number}}}
    assert all(fault.message.isprintable() for fault in check_flow(raw))


def test_faults_can_be_shown_whatever_was_sent() -> None:
    raw = with_node("a\ud800\n" * 500, kind="\0" * 500, text="x") | {"\udfff": 1}
    for fault in check_flow(raw):
        assert str(fault).isprintable()
        assert len(str(fault)) < 1_000
        str(fault).encode()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.dates()
names = st.sampled_from(["n1", "n2", "fixed", "Yes", "question", "escalation", "kind", "text", "answers"])
anything = st.recursive(
    scalars | names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scalars | names, inner, max_size=4),
    max_leaves=20,
)


@given(anything, st.sampled_from(sorted(GOOD)))
def test_whatever_is_sent_yields_faults_or_a_flow(value: object, key: str) -> None:
    for raw in (value, changed(**{key: value}), with_node("n1", answers=value), with_node("n2", text=value)):
        faults = check_flow(raw)
        if faults:
            with pytest.raises(FlowInvalid):
                parse_flow(raw)
        else:
            parse_flow(raw)


line = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Flows of which every one is good: each node has an answer to the next, the last one ends."""
    count = draw(st.integers(1, 8))
    ids = draw(
        st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True), min_size=count, max_size=count, unique=True)
    )
    nodes: dict[str, Node] = {}
    for index, node_id in enumerate(ids[:-1]):
        labels = draw(st.lists(line, min_size=1, max_size=4, unique_by=str.casefold))
        others = [draw(st.sampled_from(ids)) for _ in labels[1:]]
        kind = draw(st.sampled_from([NodeKind.QUESTION, NodeKind.INSTRUCTION]))
        answers = dict(zip(labels, [ids[index + 1], *others], strict=True))
        nodes[node_id] = Node(node_id, kind, draw(line), answers)
    escalated = draw(st.booleans())
    end = (NodeKind.ESCALATION, "wrong_flow") if escalated else (NodeKind.RESOLUTION, None)
    nodes[ids[-1]] = Node(ids[-1], end[0], draw(line), {}, end[1])
    keywords = tuple(draw(st.lists(line, max_size=3)))
    return Flow("a-slug", draw(line), "my_own-category", draw(st.just("") | line), keywords, Tree(ids[0], nodes))


@given(flows())
def test_a_flow_written_and_read_again_is_the_same_flow(flow: Flow) -> None:
    assert parse_flow(flow_to_raw(flow)) == flow


@given(flows(), st.data())
def test_from_every_node_of_a_valid_flow_a_walk_can_end(flow: Flow, data: st.DataObject) -> None:
    raw = flow_to_raw(flow)
    # Turn one answer elsewhere: the flow stays valid or is refused, and what is valid can still end.
    node = data.draw(st.sampled_from(list(raw["nodes"].values())))
    for label in node.get("answers", {}):
        node["answers"][label] = data.draw(st.sampled_from(list(raw["nodes"])))
    if check_flow(raw):
        return
    nodes = parse_flow(raw).tree.nodes
    for start in nodes:
        seen = {start}
        while not any(nodes[node_id].kind.is_terminal for node_id in seen):
            further = seen | {target for node_id in seen for target in nodes[node_id].answers.values() if target}
            assert further != seen, f"no end from {start}"
            seen = further


def test_limits_are_those_of_a_walk() -> None:
    """A label that a flow may have but a step may not send could never be answered."""
    assert check_flow(with_node("n1", answers={"a" * limits.ANSWER: "n2", "No": "n3"})) == []


def test_a_flow_with_too_much_text_to_carry_is_refused() -> None:
    nodes = {f"n{i}": {"kind": "instruction", "text": "x" * 4000, "answers": {"Done": f"n{i + 1}"}} for i in range(60)}
    nodes["n60"] = {"kind": "resolution", "text": "End."}
    raw = {"id": "long", "title": "Long", "category": "email", "description": "", "start": "n0", "nodes": nodes}
    faults = [fault for fault in check_flow(raw) if fault.place == "nodes"]
    assert [fault.message for fault in faults] == ["have 240244 characters; split the flow, at most 200000 are allowed"]
