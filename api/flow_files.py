"""Flow files as request bodies: how OpenAPI tells of them, and how their faults are named."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Body
from pydantic import WithJsonSchema

from api.problems import MOST_FAULTS
from l1.domain import limits
from l1.domain.errors import InvalidFlow
from l1.domain.flow_file import (
    CATEGORY,
    MAX_ANSWERS,
    MAX_DESCRIPTION,
    MAX_KEYWORD,
    MAX_KEYWORDS,
    MAX_NODES,
    MAX_TITLE,
    NODE_ID,
    REASON_CATEGORY,
    SLUG,
    Fault,
    FlowInvalid,
    Slug,
    check_flow,
    parse_flow,
    place_of,
)
from l1.domain.tree import Flow, NodeKind, Tree

_FLOW_EXAMPLE = {
    "id": "keyboard-types-wrong-letters",
    "title": "Keyboard types the wrong letters",
    "category": "hardware",
    "description": "Letters come out as others or as numbers.",
    "keywords": ["keyboard", "wrong letters", "num lock"],
    "start": "n1",
    "nodes": {
        "n1": {"kind": "question", "text": "Is Num Lock lit?", "answers": {"Yes": "n2", "No": "n3"}},
        "n2": {"kind": "instruction", "text": "Press Num Lock.", "answers": {"It works": "fixed", "No change": "n3"}},
        "fixed": {"kind": "resolution", "text": "Num Lock turned letters into numbers."},
        "n3": {"kind": "escalation", "text": "Have the keyboard looked at.", "reason_category": "hardware_failure"},
    },
}
_OPEN_FLOW_EXAMPLE = _FLOW_EXAMPLE | {
    "nodes": {
        "n1": {"kind": "question", "text": "Is Num Lock lit?", "answers": {"Yes": "n2", "No": None}},
        "n2": {"kind": "instruction", "text": "Press Num Lock.", "answers": {"It works": "fixed", "No change": None}},
        "fixed": {"kind": "resolution", "text": "Num Lock turned letters into numbers."},
    },
}


def _named(rule: Slug) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{rule.pattern.pattern}$", "maxLength": rule.limit}


def _worded(limit: int, least: int = 1) -> dict[str, Any]:
    return {"type": "string", "minLength": least, "maxLength": limit}


# Told, not enforced: `parse_flow` checks all of this and more, and names every fault with its place.
def _schema(title: str, target: dict[str, Any]) -> dict[str, Any]:
    """Describe a flow file whose answers lead to `target`."""
    node = {
        "type": "object",
        "properties": {
            "kind": {"enum": [kind.value for kind in NodeKind]},
            "text": _worded(limits.NODE_TEXT),
            "answers": {
                "type": "object",
                "description": "What can be answered, and the node to which it leads.",
                "additionalProperties": target,
                "maxProperties": MAX_ANSWERS,
            },
            "reason_category": _named(REASON_CATEGORY),
        },
        "required": ["kind", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": title,
        "properties": {
            "id": _named(SLUG),
            "title": _worded(MAX_TITLE),
            "category": _named(CATEGORY),
            "description": _worded(MAX_DESCRIPTION, least=0),
            "keywords": {"type": "array", "items": _worded(MAX_KEYWORD), "maxItems": MAX_KEYWORDS},
            "start": _named(NODE_ID),
            "nodes": {
                "type": "object",
                "additionalProperties": node,
                "minProperties": 1,
                "maxProperties": MAX_NODES,
            },
        },
        "required": ["id", "title", "category", "start", "nodes"],
        "additionalProperties": False,
    }


FlowFile = Annotated[
    dict[str, Any],
    WithJsonSchema(_schema("FlowFile", _named(NODE_ID))),
    Body(description="A flow file as JSON.", openapi_examples={"keyboard": {"value": _FLOW_EXAMPLE}}),
]
OpenFlowFile = Annotated[
    dict[str, Any],
    WithJsonSchema(_schema("OpenFlowFile", {"anyOf": [_named(NODE_ID), {"type": "null"}]})),
    Body(
        description="A flow file as JSON, in which an answer may lead to null: that branch stays open.",
        openapi_examples={"keyboard": {"value": _OPEN_FLOW_EXAMPLE}},
    ),
]


def read_flow(body: dict[str, Any]) -> Flow:
    try:
        return parse_flow(body)
    except FlowInvalid as error:
        raise _invalid(error.faults) from error


def read_open_flow(body: dict[str, Any]) -> Flow:
    """Read a flow file with open branches.

    It is checked as it will be published, with an escalation at the end of each open branch, but not before all else is
    right: a fault names the nodes that there are, and must not name one that nobody wrote.
    """
    open_places = set(_open_places(body))
    if faults := [fault for fault in check_flow(body) if fault.place not in open_places]:
        raise _invalid(faults)
    end = uuid4().hex
    flow = read_flow(_ended(body, end))
    nodes = {
        node.id: replace(node, answers={label: None if to == end else to for label, to in node.answers.items()})
        for node in flow.tree.nodes.values()
        if node.id != end
    }
    return replace(flow, tree=Tree(flow.tree.start, nodes))


def _open_places(body: dict[str, Any]) -> Iterator[str]:
    """Name the places of open branches as faults do; what has another shape than a flow's has none."""
    nodes = body.get("nodes")
    for node_id, node in nodes.items() if isinstance(nodes, Mapping) else ():
        answers = node.get("answers") if isinstance(node, Mapping) else None
        for label, target in answers.items() if isinstance(answers, Mapping) else ():
            if target is None:
                yield place_of(f"{place_of('nodes', node_id)}.answers", label.strip())


def _ended(body: dict[str, Any], end: str) -> dict[str, Any]:
    nodes = {
        node_id: node | {"answers": {label: end if to is None else to for label, to in node["answers"].items()}}
        if "answers" in node
        else node
        for node_id, node in body["nodes"].items()
    }
    if any(end in node.get("answers", {}).values() for node in nodes.values()):
        nodes[end] = {"kind": NodeKind.ESCALATION.value, "text": "This branch has not been walked yet."}
    return body | {"nodes": nodes}


def _invalid(found: Sequence[Fault]) -> InvalidFlow:
    faults = [{"field": fault.place, "message": fault.message} for fault in found[:MOST_FAULTS]]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:3])
    return InvalidFlow(detail, errors=faults)
