"""The codec server of the Temporal Web UI."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import httpx

from l1.domain.roles import Role
from tests.accounts import Account
from tests.stack import Stack, api_beside


async def post(account: Account, path: str, body: object, *, role: Role | None = Role.ENGINEER) -> httpx.Response:
    headers = account.headers(role) if role else {}
    content = json.dumps(body).encode()
    # The Web UI's own query parameter, which is none of ours.
    return await account.http.post(f"/codec/{path}?preserveStorageRefs=true", content=content, headers=headers)


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
        {"payloads": [{"metadata": {"encoding": "\ud800"}, "data": ""}]},
        {"payloads": [{"metadata": {"\ud800": ""}, "data": ""}]},
        {"payloads": [{"\ud800": ""}]},
        {"payloads": [{"data": "\udfff"}]},
        {"\udfff": 1},
        payload(b"x" * 40, **encrypted, encryption_key_id=b"nobody's"),
        payload(b"x" * 40, **encrypted, encryption_key_id=b"k1"),
    ]
    for body in refused:
        for path in ("decode", "encode"):
            if body in refused[-2:] and path == "encode":
                continue
            response = await post(account, path, body)
            assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), body


async def test_who_may_not_decode_hears_so_before_the_body_is_read(account: Account) -> None:
    for role, status in ((None, 401), (Role.L1, 403)):
        assert (await unsent(account, "decode", role, 7_000_000)) == status


async def test_a_page_that_is_declared_too_long_is_refused_unread(account: Account) -> None:
    assert await unsent(account, "decode", Role.ENGINEER, 9_000_000) == 413


async def unsent(account: Account, path: str, role: Role | None, declared: int) -> int:
    """Declare a body and send none of it; return the status that is answered."""
    url = account.http.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    token = f"Authorization: {account.headers(role)['Authorization']}\r\n" if role else ""
    head = f"POST /codec/{path} HTTP/1.1\r\nHost: x\r\n{token}Content-Length: {declared}\r\n\r\n"
    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    return int(answer.split()[1])


async def test_an_open_codec_answers_this_machine_alone(stack: Stack, account: Account, tmp_path: Path) -> None:
    plain = payload(b"1", encoding=b"json/plain")
    async with api_beside(stack, tmp_path, L1_CODEC_OPEN="1") as http:
        for host in ("localhost", "127.0.0.1:8000", "[::1]:80", "LOCALHOST:1"):
            response = await http.post("/codec/decode", json=plain, headers={"Host": host})
            assert response.json() == plain, host
        for host in (
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "10.0.0.1",
            "",
            "[::1",
            "a@localhost",
        ):
            for headers in ({"Host": host}, {"Host": host} | account.headers(Role.OWNER)):
                response = await http.post("/codec/decode", json=plain, headers=headers)
                assert response.status_code in (400, 403), host
                assert "payloads" not in response.text
