"""Whatever bytes are sent, the answer is a clear 4xx that does not repeat them."""

import json
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.document import OPERATIONS
from tests.api.test_errors import FIRE, WORDS, assert_problem, send

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": WORDS.encode(),
    "cut off": b'{"problem_statement": "' + WORDS.encode(),
    "an array": json.dumps([WORDS]).encode(),
    "a text": json.dumps(WORDS).encode(),
    "null": b"null",
    "a number": b"7",
    "NaN": b"NaN",
    "NaN as a value": b'{"problem_statement": NaN, "helpful": NaN, "notes": NaN, "title": NaN}',
    "endless": b'{"problem_statement": 1e999, "helpful": -1e999}',
    "a long number": b'{"problem_statement": ' + b"9" * 20_000 + b"}",
    "a number too long": b'{"problem_statement": ' + b"9" * 4_000 + b"}",
    "no UTF-8": b'{"problem_statement": "\xff\xfe"}',
    "NUL": json.dumps({"problem_statement": f"{WORDS}\x00", "title": "\x00"}).encode(),
    "half a pair": b'{"problem_statement": "' + WORDS.encode() + b'\\ud800", "title": "\\udfff"}',
    "half a pair as a name": b'{"\\ud800": "' + WORDS.encode() + b'"}',
    "NUL as a name": b'{"\\u0000": "' + WORDS.encode() + b'"}',
    "a long name": json.dumps({"a" * 60_000: WORDS}).encode(),
    "many names": json.dumps({f"a{place}": 1 for place in range(5_000)}).encode(),
    "__proto__": b'{"__proto__": {"helpful": true}, "constructor": 1, "self": 1, "cls": 1}',
    "objects for texts": json.dumps({"problem_statement": {"a": WORDS}, "node_id": [WORDS], "notes": {}}).encode(),
    "texts for others": json.dumps({"helpful": "yes", "notes": WORDS, "force_build": WORDS, "nodes": ""}).encode(),
    **{f"{depth} arrays": b"[" * depth + b"]" * depth for depth in (50, 200, 400, 900, 2_000, 10_000, 32_000)},
    **{
        f"{depth} objects": b'{"nodes":' * depth + b"1" + b"}" * depth
        for depth in (50, 150, 200, 250, 300, 400, 900, 2_000, 6_000)
    },
}
PATHS = (
    "/intake",
    "/escalate-without-walk",
    "/sessions/{id}/step",
    "/sessions/{id}/next-node",
    "/sessions/{id}/notes",
    "/sessions/{id}/resolve",
    "/sessions/{id}/escalate",
    "/flows",
    "/proposals/{id}/reject",
)


@pytest.mark.parametrize("body", BODIES)
async def test_a_body_that_is_none_is_refused(account: Account, body: str) -> None:
    for path in PATHS:
        response = await send(account, path.format(id=uuid4()), BODIES[body], Role.OWNER)
        code = response.json()["code"]
        assert code in ("invalid_request", "invalid_flow")
        assert_problem(response, 422, code)
        assert len(response.content) < 70_000
    for path, codes in (
        ("categories", ("invalid_request",)),
        (f"proposals/{uuid4()}", ("invalid_request", "invalid_flow")),
    ):
        headers = account.headers(Role.OWNER) | {"Content-Type": "application/json"}
        response = await account.http.put(f"/l1/{path}", content=BODIES[body], headers=headers)
        assert response.json()["code"] in codes
        assert_problem(response, 422, response.json()["code"])


@pytest.mark.parametrize("depth", [20, 50, 100, 200, 300, 400, 900])
async def test_a_deep_body_inside_a_flow_is_refused(account: Account, depth: int) -> None:
    deep: Any = "text"
    for _ in range(depth):
        deep = [deep]
    for name in ("title", "nodes", "keywords"):
        response = await account.request("POST", "/flows", KEYBOARD | {name: deep}, role=Role.ENGINEER)
        assert_problem(response, 422, response.json()["code"])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "",
    ],
)
async def test_another_content_type_is_refused(account: Account, content_type: str) -> None:
    body = json.dumps({"problem_statement": WORDS}).encode()
    response = await send(account, "/intake", body, Content_Type=content_type)
    problem = assert_problem(response, 422, "invalid_request")
    assert "application/json" in problem["detail"]


async def test_a_misspelled_field_is_named(account: Account) -> None:
    response = await account.request("POST", "/intake", {"problem_statement": "Fire", "custmer_name": WORDS})
    assert assert_problem(response, 422, "invalid_request")["errors"][0]["field"] == "custmer_name"


async def test_a_text_is_not_taken_for_a_number_or_a_truth(account: Account) -> None:
    session = await account.take_call()
    for helpful in ("true", 1, 0, None, "yes"):
        response = await account.request("POST", f"/sessions/{session['id']}/resolve", {"helpful": helpful})
        assert_problem(response, 422, "invalid_request")


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u2003"])
async def test_a_text_of_nothing_is_no_text(account: Account, text: str) -> None:
    response = await account.request("POST", "/intake", {"problem_statement": text})
    assert_problem(response, 422, "invalid_request")
    session = await account.post("/escalate-without-walk", FIRE | {"customer_name": text, "reason": text})
    assert session["customer_name"] is None
    assert session["escalation"]["reason"] is None


@pytest.mark.parametrize("field", ["note", "answer", "node_id", "question"])
@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\x1c", "\x85"])
async def test_control_characters_in_a_step_are_stored_or_refused(account: Account, field: str, text: str) -> None:
    session = await account.take_call()
    body = {"node_id": "n1", "answer": "Yes"} | {field: text}
    response = await account.request("POST", f"/sessions/{session['id']}/step", body)
    assert response.status_code in (200, 409, 422), response.text
    if "\x00" in text:
        assert_problem(response, 422, "invalid_request")


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/1",
        "/sessions/%00",
        "/sessions/%ff",
        "/sessions/null/commands/null",
        "/flows/keyboard",
        "/flows/00000000-0000-0000-0000-00000000000g",
        "/flows/keyboard/exemplars",
        "/queue?limit=0",
        "/queue?limit=201",
        "/queue?limit=99999999999999999999999",
        "/queue?limit=ten",
        "/queue?limit=1.5",
        "/queue?limit=%00",
        "/queue?status_filter=open",
        "/queue?status_filter=%00",
        "/escalations?after=1",
        f"/queue?q={'a' * 321}",
        "/queue?q=a%00",
        "/sessions?customer=%00",
        "/tickets/T-1042",
        "/escalations?limit=-1",
        "/proposals/printing",
        "/proposals?status=active",
        "/proposals?status=",
        "/proposals?limit=0",
        "/usage?days=0",
        "/usage?days=367",
    ],
)
async def test_an_address_that_does_not_hold_is_refused(account: Account, path: str) -> None:
    assert_problem(await account.request("GET", path, role=Role.OWNER), 422, "invalid_request")


@pytest.mark.parametrize("cursor", ["1", "%00", "W10", "WyJ4IiwgIngiXQ", "bnVsbA", "%ED%A0%80", "=", "a" * 1_000])
async def test_a_cursor_that_no_list_has_given_is_refused(account: Account, cursor: str) -> None:
    for path in ("/queue", "/escalations", "/sessions", "/proposals", "/flows"):
        response = await account.request("GET", f"{path}?cursor={cursor}", role=Role.OWNER)
        assert_problem(response, 422, "invalid_cursor")


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=" ".join)
async def test_a_query_parameter_that_an_address_does_not_know_is_refused(
    account: Account, method: str, path: str
) -> None:
    address = re.sub(r"\{\w+\}", str(uuid4()), path)
    headers = account.headers(Role.OWNER)
    response = await account.http.request(method, f"{address}?{WORDS}x&limt=1", headers=headers)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "invalid_request")
    assert [fault["field"] for fault in problem["errors"]] == [f"{WORDS}x", "limt"]


@pytest.mark.parametrize("key", ["schlüssel".encode(), b"a b", b"a" * 256, "🔑".encode(), b"\xff", b"a\tb", b""])
async def test_an_idempotency_key_is_printable_ascii(account: Account, key: bytes) -> None:
    headers: Any = account.headers() | {"Idempotency-Key": key}
    response = await account.http.post("/l1/escalate-without-walk", json=FIRE, headers=headers)
    problem = assert_problem(response, 422, "invalid_request")
    assert "idempotency-key" in problem["errors"][0]["field"].lower()


async def test_an_idempotency_key_may_be_any_printable_ascii_up_to_its_limit(account: Account) -> None:
    printable = "".join(chr(code) for code in range(0x21, 0x7F))
    for key in (printable, "k" * 255, "k"):
        await account.post("/escalate-without-walk", FIRE, Idempotency_Key=key)


@pytest.mark.parametrize("name", ["problem_statement", "customer_name", "customer_contact", "flow_id", "force_build"])
@pytest.mark.parametrize("value", [WORDS * 2_000, [WORDS], {WORDS: WORDS}, f"{WORDS}\x00"], ids=type)
async def test_a_wrong_value_is_not_repeated(account: Account, name: str, value: object) -> None:
    body = {"problem_statement": "Fire"} | {name: value}
    assert_problem(await account.request("POST", "/intake", body), 422, "invalid_request")


@pytest.mark.parametrize(
    "body", [b'{"reason_category": "other", "reason_category": "outage", "problem_statement": "a"}']
)
async def test_a_name_that_comes_twice_is_no_fault_of_ours(account: Account, body: bytes) -> None:
    response = await send(account, "/escalate-without-walk", body)
    assert response.json()["escalation"]["reason_category"] == "outage", "JSON parsers take the last"


@pytest.mark.parametrize("seconds", [0, -1, 1e-9, 0.99, 604_801, 1e308, "soon", [], True])
async def test_a_stall_limit_is_a_time_from_a_second_to_a_week(account: Account, seconds: object) -> None:
    for body in (
        {"stall_after": seconds, "categories": []},
        {"categories": [{"category": "email", "builder": "model", "stall_after": seconds}]},
    ):
        assert_problem(await account.request("PUT", "/categories", body, role=Role.OWNER), 422, "invalid_request")


async def test_categories_have_limits_of_length_and_number(account: Account) -> None:
    def body(*names: str) -> dict[str, Any]:
        return {"categories": [{"category": name, "builder": "model"} for name in names]}

    async def put(*names: str) -> httpx.Response:
        return await account.request("PUT", "/categories", body(*names), role=Role.OWNER)

    assert (await put("email")).status_code == 200
    assert (await put(*["email"] * 200)).status_code == 200
    unknown = assert_problem(await put("email", "emial", "a" * 64), 422, "unknown_category")
    assert unknown["unknown_categories"] == ["a" * 64, "emial"]
    for wrong in (["a" * 65], ["E-Mail"], [""], ["a b"], [f"c{number}" for number in range(201)]):
        assert_problem(await put(*wrong), 422, "invalid_request")
