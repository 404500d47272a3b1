"""The OpenAPI document says what is true: its examples work, its operations are described."""

from collections.abc import Iterator
from typing import Any

import pytest

from l1.domain.roles import Role
from tests.accounts import Account
from tests.api.document import DOCUMENT, OPERATIONS, WITH_BODY, Operation, resolved
from tests.api.proposals import proposed


def examples_of(schema: dict[str, Any]) -> list[Any]:
    """Give a schema's own examples; else one that is put together from its properties'."""
    schema = resolved(schema)
    if "examples" in schema:
        return list(schema["examples"])
    if schema.get("type") == "array":
        return [[example] for example in examples_of(schema["items"])]
    required = {name: schema["properties"][name] for name in schema.get("required", ())}
    put_together = {name: examples_of(part)[0] for name, part in required.items()}
    return [put_together] if put_together else []


def requests() -> Iterator[tuple[Operation, Any]]:
    for key in WITH_BODY:
        content = OPERATIONS[key]["requestBody"]["content"]["application/json"]
        for named in content.get("examples", {}).values():
            yield key, named["value"]
        if "examples" not in content:
            for example in examples_of(content["schema"]):
                yield key, example


@pytest.mark.parametrize("key", WITH_BODY, ids=" ".join)
def test_every_request_has_an_example(key: Operation) -> None:
    assert key in [known for known, _example in requests()]


@pytest.mark.parametrize(("key", "example"), list(requests()))
async def test_every_example_works_as_it_stands(account: Account, key: Operation, example: Any) -> None:
    method, path = key
    session = await account.take_call()
    if path.endswith("/next-node"):
        body = {"problem_statement": "The printer prints green stripes", "force_build": True}
        session = (await account.post("/intake", body))["session"]
        example = fitting(example, session)
    proposal_id = await proposed(account) if "{proposal_id}" in path else ""
    address = path.removeprefix("/l1").format(session_id=session["id"], proposal_id=proposal_id)
    response = await account.request(method, address, example, role=Role.OWNER)
    assert response.status_code == 200, response.text


def fitting(example: Any, session: Any) -> Any:
    """A built node has answers of its own, which no example can know: the first one stands for the example's."""
    assert example["node_id"] == session["current_node_id"]
    return example | {"answer": session["current_node"]["answers"][0]}


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_operation_is_described_with_its_problems(key: Operation) -> None:
    operation = OPERATIONS[key]
    assert operation.get("summary")
    described = operation["responses"]
    expected = {"401", "403", "408", "413", "422", "429", "503"} if key[1].startswith("/l1") else set()
    if "{" in key[1]:
        expected |= {"404"}
    if key[0] == "POST" and "{session_id}" in key[1]:
        expected |= {"202", "409", "412"}
    if key[0] != "GET" and "{proposal_id}" in key[1]:
        expected |= {"409", "412"}
    assert expected <= set(described)
    for status, answer in described.items():
        assert answer["description"]
        served = "text/event-stream" if key[1].endswith("/events") else "application/json"
        media_type = served if status in ("200", "202") else "application/problem+json"
        assert list(answer.get("content", ())) == ([] if status == "204" else [media_type])
    assert bool(operation.get("security")) is key[1].startswith("/l1")


@pytest.mark.parametrize("key", OPERATIONS, ids=" ".join)
def test_every_post_takes_an_idempotency_key_and_whatever_changes_what_has_a_revision_takes_that(
    key: Operation,
) -> None:
    headers = {p["name"].lower() for p in OPERATIONS[key].get("parameters", ()) if p["in"] == "header"}
    expected = {"idempotency-key"} if key[0] == "POST" else set()
    if (key[0] == "POST" and "{session_id}" in key[1]) or (key[0] != "GET" and "{proposal_id}" in key[1]):
        expected |= {"if-match"}
    if key[1].endswith("/events"):
        expected |= {"last-event-id"}
    assert headers == expected


def test_every_id_in_a_path_is_a_uuid() -> None:
    for operation in OPERATIONS.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["schema"]["format"] == "uuid"


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for inner in part.values():
                yield from references(inner)
        elif isinstance(part, list):
            for inner in part:
                yield from references(inner)

    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= known


async def test_the_server_serves_this_document(account: Account) -> None:
    served = (await account.http.get("/openapi.json")).json()
    assert served == DOCUMENT
