"""Requests with a text that does not hold, one for every text of every body in the OpenAPI document."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.body_limit import MOST_BYTES
from tests.api.document import OPERATIONS, WITH_BODY, Operation, resolved

Place = tuple[str | int, ...]

_NAME = "*"
"""Stands, in a place, for the name of a member that a client chooses."""


@dataclass(frozen=True)
class Spoilt:
    """`what` is wrong with the text at `place` of the body."""

    operation: Operation
    place: Place
    what: str
    body: bytes


def spoilt() -> Iterator[Spoilt]:
    """Spoil each text of an otherwise valid body in four ways."""
    for operation in WITH_BODY:
        schema = OPERATIONS[operation]["requestBody"]["content"]["application/json"]["schema"]
        for place in places(schema):
            for what, text in (
                ("half a pair", "a\ud800"),
                ("the other half", "\udfff"),
                ("NUL", "a\x00"),
                ("long", "a" * _room(schema, place)),
            ):
                body = json.dumps(_with(sample(schema), place, text)).encode()
                yield Spoilt(operation, place, what, body)


def places(schema: dict[str, Any]) -> Iterator[Place]:
    """Give the place of every text: members of objects by name, items of arrays by 0, chosen names as `*`."""
    schema = _variant(schema)
    if schema.get("type") == "string" and "enum" not in schema:
        yield ()
    for name, inner in schema.get("properties", {}).items():
        yield from ((name, *place) for place in places(inner))
    if isinstance(inner := schema.get("additionalProperties"), dict):
        yield (_NAME,)
        yield from ((_NAME, "", *place) for place in places(inner))
    if "items" in schema:
        yield from ((0, *place) for place in places(schema["items"]))


def sample(schema: dict[str, Any]) -> Any:
    """Make a body of the right shape with everything in it that there can be."""
    schema = _variant(schema)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema or "additionalProperties" in schema:
        made = {name: sample(inner) for name, inner in schema.get("properties", {}).items()}
        if isinstance(inner := schema.get("additionalProperties"), dict):
            made["n1"] = sample(inner)
        return made
    match schema.get("type"):
        case "string":
            return "n1" if schema.get("format") != "uuid" else "0d8f3c1e-7d0e-4a53-9b6c-0f4f3c1e7d0e"
        case "array":
            return [sample(schema["items"])]
        case "boolean":
            return True
        case "integer" | "number":
            return schema.get("minimum", 60)
        case _:
            return {}


def _variant(schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and take what is not null of what may be."""
    schema = resolved(schema)
    variants = [inner for inner in schema.get("anyOf", ()) if inner.get("type") != "null"]
    return _variant(variants[0]) if variants else schema


def _with(body: Any, place: Place, text: str) -> Any:
    if not place:
        return text
    body = copy.deepcopy(body)
    at, rest = place[0], place[1:]
    if at != _NAME:
        body[at] = _with(body[at], rest, text)
    elif rest:
        body["n1"] = _with(body["n1"], rest[1:], text)
    else:
        body[text] = body.pop("n1")
    return body


def _room(schema: dict[str, Any], place: Place) -> int:
    """Characters that bring the body to one byte less than it may have."""
    return MOST_BYTES - 1 - len(json.dumps(_with(sample(schema), place, "")).encode())
