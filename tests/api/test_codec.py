"""The codec server of the Temporal Web UI."""

import base64
from typing import Any

import httpx

from l1.domain.roles import Role
from tests.accounts import Account


async def post(account: Account, path: str, body: object, *, role: Role | None = Role.ENGINEER) -> httpx.Response:
    headers = account.headers(role) if role else {}
    return await account.http.post(f"/codec/{path}", json=body, headers=headers)


def payload(data: bytes, **metadata: bytes) -> dict[str, Any]:
    encoded = {name.replace("_", "-"): base64.b64encode(value).decode() for name, value in metadata.items()}
    return {"payloads": [{"metadata": encoded, "data": base64.b64encode(data).decode()}]}


async def test_an_engineer_decodes_what_was_encoded(account: Account) -> None:
    plain = payload(b'{"text": "hello"}', encoding=b"json/plain")
    encoded = await post(account, "encode", plain)
    assert encoded.json() != plain
    assert (await post(account, "decode", encoded.json())).json() == plain


async def test_a_page_of_a_history_may_be_larger_than_a_request(account: Account) -> None:
    plain = payload(b"x" * 500_000, encoding=b"json/plain")
    assert (await post(account, "decode", (await post(account, "encode", plain)).json())).json() == plain


async def test_nobody_else_decodes(account: Account) -> None:
    assert (await post(account, "decode", payload(b""), role=Role.L1)).status_code == 403
    assert (await post(account, "decode", payload(b""), role=None)).status_code == 401


async def test_what_cannot_be_decoded_is_refused(account: Account) -> None:
    encrypted = {"encoding": b"binary/encrypted"}
    refused: list[object] = [
        None,
        "x",
        {"payloads": 3},
        payload(b"x" * 40, **encrypted, encryption_key_id=b"nobody's"),
        payload(b"x" * 40, **encrypted, encryption_key_id=b"k1"),
    ]
    for body in refused:
        response = await post(account, "decode", body)
        assert response.status_code == 422, body
        assert response.json()["code"] == "invalid_request"
