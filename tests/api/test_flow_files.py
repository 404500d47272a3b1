"""Reading flow files with open branches."""

from copy import deepcopy
from typing import Any

import pytest

from api.flow_files import read_flow
from l1.domain.errors import InvalidFlow
from l1.domain.flow_file import flow_to_raw
from tests.accounts import KEYBOARD

OPEN: dict[str, Any] = {
    **KEYBOARD,
    "nodes": {
        "n1": {"kind": "question", "text": "Is Num Lock lit?", "answers": {"Yes": "n2", "No": None, "Again": "n1"}},
        "n2": {"kind": "instruction", "text": "Press Num Lock.", "answers": {"It works": "fixed", "No change": None}},
        "fixed": {"kind": "resolution", "text": "Num Lock turned letters into numbers."},
    },
}


def changed(node_id: str, **changes: Any) -> dict[str, Any]:
    body = deepcopy(OPEN)
    body["nodes"].setdefault(node_id, {}).update(changes)
    return body


def faults_of(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidFlow) as caught:
        read_flow(body)
    return {fault["field"]: fault["message"] for fault in caught.value.extra["errors"]}


def test_an_open_branch_is_read_as_open() -> None:
    assert flow_to_raw(read_flow(OPEN)) == OPEN


def test_the_text_before_an_open_branch_loses_the_space_around_it_as_any_does() -> None:
    body = changed("n1", answers={"Yes": "n2", "  No ": None})
    assert read_flow(body).tree.nodes["n1"].answers == {"Yes": "n2", "No": None}


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (changed("n1", text=""), {"nodes.n1.text"}),
        (changed("n1", answers={"Yes": "n2", "yes": None}), {"nodes.n1.answers.yes"}),
        (changed("n1", answers={"Yes": "n2", "x" * 201: None}), {"nodes.n1.answers.a long one"}),
        (changed("n1", answers={"Yes": "n2", "No": "n9"}), {"nodes.n1.answers.No"}),
        (changed("n1", answers={"Yes": None}), {"nodes.n2", "nodes.fixed"}),
        (changed("n1", answers=None), {"nodes.n1.answers"}),
        (changed("n1", answers=[None]), {"nodes.n1.answers"}),
        (changed("fixed", answers={"Yes": None}), {"nodes.fixed.answers"}),
        (changed("n4", kind="question", text="?", answers={"Yes": None}), {"nodes.n4"}),
        (OPEN | {"nodes": None}, {"nodes"}),
        (OPEN | {"nodes": {"n1": None}}, {"nodes.n1"}),
        (OPEN | {"start": None}, {"start"}),
        (OPEN | {"title": None, "id": None}, {"id", "title"}),
        ({}, {"id", "title", "category", "start", "nodes"}),
    ],
)
def test_every_other_fault_is_named_with_its_place(body: dict[str, Any], places: set[str]) -> None:
    assert set(faults_of(body)) == {place.replace("a long one", f"'{'x' * 80}…'") for place in places}


def test_a_circle_has_a_way_out_where_a_branch_is_open() -> None:
    circle = {"kind": "question", "text": "Again?", "answers": {"Yes": "n1"}}
    assert set(faults_of(OPEN | {"nodes": {"n1": circle}})) == {"nodes.n1"}
    circle["answers"] = {"Yes": "n1", "No": None}
    assert read_flow(OPEN | {"nodes": {"n1": circle}}).tree.nodes["n1"].answers["No"] is None


def test_no_fault_names_a_node_that_nobody_wrote() -> None:
    [message] = faults_of(changed("n1", answers={"Yes": "n2", "No": None, "Perhaps": "zzz"})).values()
    assert message.endswith("nodes are n1, n2, fixed")
