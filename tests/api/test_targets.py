"""Targets: what they take, that their addresses and secrets are kept like passwords, and how secrets rotate."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from l1.domain.roles import Role
from tests.accounts import Account
from tests.receivers import Post, Receiver, receiver
from tests.stack import Stack, api_beside
from tests.waiting import eventually


def webhook(to: Receiver, **fields: Any) -> dict[str, Any]:
    return {"kind": "webhook", "name": "A webhook", "url": to.url, **fields}


async def arrived(to: Receiver, number: int) -> Post:
    """Wait for the `number`-th post, counted from 1."""

    async def came() -> bool:
        return len(to.posts) >= number

    await eventually(came)
    return to.posts[number - 1]


def verified(post: Post, secret: str) -> Any:
    return Webhook(secret).verify(post.body, post.headers)


async def test_a_webhook_is_signed_by_the_secret_that_was_shown_once(account: Account) -> None:
    async with receiver() as hook:
        target = await account.post("/targets", webhook(hook), role=Role.OWNER)
        assert target["secret"].startswith("whsec_")
        listed = await account.get("/targets", role=Role.ADMIN)
        assert [item["id"] for item in listed] == [target["id"]]
        assert "127.0.0.1" not in json.dumps([target, listed])
        assert "secret" not in listed[0]
        session = await account.take_call(customer_name="Quxname", problem_statement="Quxproblem")
        await account.post(f"/sessions/{session['id']}/escalate", {"reason_category": "needs_engineer"})
        post = await arrived(hook, 1)
    told = verified(post, target["secret"])
    assert told["type"] == "call.escalated"
    data = told["data"]
    assert data["session_id"] == session["id"]
    assert data["ticket_number"] == session["ticket_number"]
    assert (data["status"], data["reason_category"], data["tier"]) == ("escalated", "needs_engineer", 1)
    assert data["link"] == f"https://l1.example.com/l1/sessions/{session['id']}"
    assert "qux" not in post.body.decode().lower()


async def test_details_are_told_only_to_a_target_that_asks_for_them(account: Account) -> None:
    async with receiver() as hook:
        await account.post("/targets", webhook(hook, include_details=True), role=Role.OWNER)
        session = await account.take_call(customer_name="Quxname", problem_statement="Quxproblem")
        escalation = {"reason_category": "needs_engineer", "reason": "Quxreason"}
        await account.post(f"/sessions/{session['id']}/escalate", escalation)
        details = json.loads((await arrived(hook, 1)).body)["data"]["details"]
    assert (details["customer_name"], details["problem_statement"]) == ("Quxname", "Quxproblem")
    assert details["escalation_reason"] == "Quxreason"


async def test_after_a_rotation_both_secrets_sign(account: Account) -> None:
    async with receiver() as hook:
        first = await account.post("/targets", webhook(hook), role=Role.OWNER)
        path = f"/targets/{first['id']}/rotate"
        second = await account.post(path, role=Role.OWNER, Idempotency_Key="r")
        assert await account.post(path, role=Role.OWNER, Idempotency_Key="r") == second
        assert second["secret"] != first["secret"]
        assert second["previous_secret_until"] is not None
        session = await account.take_call()
        await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
        post = await arrived(hook, 1)
    assert verified(post, first["secret"]) == verified(post, second["secret"])
    with pytest.raises(WebhookVerificationError):
        verified(post, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


async def test_the_same_request_again_makes_no_second_target_and_shows_the_same_secret(account: Account) -> None:
    body = {"kind": "webhook", "name": "Twice", "url": "https://hooks.example.com/l1"}
    first = await account.post("/targets", body, role=Role.OWNER, Idempotency_Key="t")
    assert await account.post("/targets", body, role=Role.OWNER, Idempotency_Key="t") == first
    assert len(await account.get("/targets", role=Role.OWNER)) == 1
    other = await account.request("POST", "/targets", body | {"name": "X"}, role=Role.OWNER, Idempotency_Key="t")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_database_has_neither_address_nor_secret_in_the_clear(account: Account, stack: Stack) -> None:
    url = "https://hooks.example.com/services/T0/QuxSlackSecret"
    await account.post("/targets", {"kind": "slack", "name": "Slack", "url": url}, role=Role.OWNER, Idempotency_Key="a")
    body = {"kind": "webhook", "name": "Webhook", "url": url}
    secret = (await account.post("/targets", body, role=Role.OWNER, Idempotency_Key="b"))["secret"]
    async with stack.database.account(account.id) as connection:
        rows = [
            str(row)
            for table in ("targets", "idempotent_responses")
            for row in await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - the two above
        ]
    assert len(rows) == 4
    assert not [row for row in rows if "QuxSlackSecret" in row or secret.removeprefix("whsec_") in row]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "webhook"}, "invalid_target"),
        ({"kind": "webhook", "url": "https://user:pw@example.com/"}, "invalid_target"),
        ({"kind": "webhook", "url": "https://example.com/#x"}, "invalid_target"),
        ({"kind": "webhook", "url": "ftp://example.com/"}, "invalid_request"),
        ({"kind": "webhook", "url": "https://example.com/", "addresses": ["a@example.com"]}, "invalid_target"),
        ({"kind": "webhook", "url": "https://example.com/", "events": ["stepped"]}, "invalid_request"),
        ({"kind": "webhook", "url": "https://example.com/", "tiers": [0]}, "invalid_request"),
        ({"kind": "fax", "url": "https://example.com/"}, "invalid_request"),
        ({"kind": "email", "addresses": ["no address"]}, "invalid_request"),
        ({"kind": "email", "addresses": ["a@example.com\nBcc: b@example.com"]}, "invalid_request"),
        ({"kind": "email", "addresses": ["a@example.com"]}, "invalid_target"),
    ],
)
async def test_what_cannot_be_delivered_to_is_refused(account: Account, body: dict[str, Any], code: str) -> None:
    response = await account.request("POST", "/targets", {"name": "T", **body}, role=Role.OWNER)
    assert (response.status_code, response.json()["code"]) == (422, code), response.text


async def test_without_leave_no_target_stands_in_a_private_network(
    account: Account, stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"L1_NOTIFY_PRIVATE_ADDRESSES": "false"}
    async with api_beside(stack, tmp_path_factory.mktemp("strict"), **settings) as strict:
        for url in (
            "http://hooks.example.com/",
            "https://127.0.0.1/",
            "https://localhost:8443/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
        ):
            body = {"kind": "webhook", "name": "T", "url": url}
            response = await strict.post("/l1/targets", json=body, headers=account.headers(Role.OWNER))
            assert (response.status_code, response.json()["code"]) == (422, "invalid_target"), url
        body = {"kind": "webhook", "name": "T", "url": "https://hooks.example.com/"}
        response = await strict.post("/l1/targets", json=body, headers=account.headers(Role.OWNER))
        assert response.status_code == 200, response.text


async def test_a_target_that_was_deleted_is_told_nothing_more(account: Account) -> None:
    async with receiver() as hook, receiver() as other:
        target = await account.post("/targets", webhook(hook), role=Role.OWNER)
        await account.post("/targets", webhook(other), role=Role.OWNER)
        gone = await account.request("DELETE", f"/targets/{target['id']}", role=Role.OWNER)
        assert gone.status_code == 204
        session = await account.take_call()
        await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True})
        await arrived(other, 1)
        assert not hook.posts


async def test_an_account_has_a_bounded_number_of_targets(account: Account) -> None:
    body = {"kind": "slack", "name": "T", "url": "https://hooks.example.com/"}
    made = await asyncio.gather(*(account.request("POST", "/targets", body, role=Role.OWNER) for _ in range(52)))
    assert sorted(response.status_code for response in made) == [200] * 50 + [409] * 2
    [code] = {response.json()["code"] for response in made if response.status_code == 409}
    assert code == "too_many_targets"
    assert len(await account.get("/targets?limit=200", role=Role.OWNER)) == 50


async def test_rotating_what_has_no_secret_of_ours_says_so(account: Account) -> None:
    body = {"kind": "teams", "name": "T", "url": "https://hooks.example.com/"}
    target = await account.post("/targets", body, role=Role.OWNER)
    assert target["secret"] is None
    response = await account.request("POST", f"/targets/{target['id']}/rotate", role=Role.OWNER)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_target")
