"""No text of a body makes a fault of ours, whatever characters it has and however long it is."""

import json
import re
from uuid import uuid4

import httpx
import pytest

from api.body_limit import MOST_BYTES
from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.document import WITH_BODY, Operation
from tests.api.texts import Spoilt, spoilt

CASES = list(spoilt())


async def send(account: Account, case: Spoilt) -> httpx.Response:
    method, path = case.operation
    address = re.sub(r"\{\w+\}", lambda _found: str(uuid4()), path)
    headers = account.headers(Role.OWNER) | {"Content-Type": "application/json"}
    return await account.http.request(method, address, content=case.body, headers=headers)


def test_texts_at_every_depth_of_a_body_have_their_cases() -> None:
    places = {(case.operation, case.place) for case in CASES}
    for place in (
        (("POST", "/l1/intake"), ("customer_name",)),
        (("POST", "/l1/sessions/{session_id}/notes"), ("notes", 0, "text")),
        (("POST", "/l1/flows"), ("nodes", "*")),
        (("PUT", "/l1/proposals/{proposal_id}"), ("nodes", "*", "", "answers", "*", "")),
    ):
        assert place in places


@pytest.mark.parametrize("operation", WITH_BODY, ids=" ".join)
async def test_a_text_that_cannot_be_stored_or_is_too_long_is_refused(account: Account, operation: Operation) -> None:
    for case in CASES:
        if case.operation != operation:
            continue
        assert case.what != "long" or len(case.body) == MOST_BYTES - 1
        response = await send(account, case)
        told = (case.place, case.what, response.text[:300])
        assert response.status_code == 422, told
        assert response.headers["content-type"] == "application/problem+json", told
        json.loads(response.content.decode())


@pytest.mark.parametrize("half", ["\\ud800", "\\udfff"])
async def test_a_node_id_of_half_a_pair_is_a_fault_of_the_flow(account: Account, half: str) -> None:
    body = json.dumps(KEYBOARD).replace('"n2"', f'"{half}"').encode()
    for method, path in (("POST", "/l1/flows"), ("PUT", f"/l1/proposals/{uuid4()}")):
        headers = account.headers(Role.ENGINEER) | {"Content-Type": "application/json"}
        response = await account.http.request(method, path, content=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_flow")
