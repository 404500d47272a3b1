"""Flow files as request bodies: how OpenAPI tells of them, and how their faults are named."""

from typing import Annotated, Any

from fastapi import Body
from pydantic import WithJsonSchema

from l1.domain import limits
from l1.domain.findings import CATEGORY, NODE_ID, REASON_CATEGORY, SLUG, Slug
from l1.domain.flow_file import FlowInvalid, parse_flow
from l1.domain.publishing import invalid_flow
from l1.domain.tree import Flow, NodeKind

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
def _schema() -> dict[str, Any]:
    node = {
        "type": "object",
        "properties": {
            "kind": {"enum": [kind.value for kind in NodeKind]},
            "text": _worded(limits.NODE_TEXT),
            "answers": {
                "type": "object",
                "description": "What can be answered, and the node to which it leads; null: that branch is open.",
                "additionalProperties": {"anyOf": [_named(NODE_ID), {"type": "null"}]},
                "maxProperties": limits.ANSWERS_PER_NODE,
            },
            "reason_category": _named(REASON_CATEGORY),
        },
        "required": ["kind", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "title": "FlowFile",
        "properties": {
            "id": _named(SLUG),
            "title": _worded(limits.TITLE),
            "category": _named(CATEGORY),
            "description": _worded(limits.DESCRIPTION, least=0),
            "keywords": {"type": "array", "items": _worded(limits.KEYWORD), "maxItems": limits.KEYWORDS},
            "start": _named(NODE_ID),
            "nodes": {
                "type": "object",
                "additionalProperties": node,
                "minProperties": 1,
                "maxProperties": limits.NODES,
            },
        },
        "required": ["id", "title", "category", "start", "nodes"],
        "additionalProperties": False,
    }


FlowFile = Annotated[
    dict[str, Any],
    WithJsonSchema(_schema()),
    Body(
        description="A flow file as JSON. An answer may lead to null: that branch stays open.",
        openapi_examples={"keyboard": {"value": _FLOW_EXAMPLE}, "open branch": {"value": _OPEN_FLOW_EXAMPLE}},
    ),
]


def read_flow(body: dict[str, Any]) -> Flow:
    try:
        return parse_flow(body, may_be_open=True)
    except FlowInvalid as error:
        raise invalid_flow(error.faults) from error
