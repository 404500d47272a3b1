"""Event streams: in order, nothing missed and nothing twice, and to each only what concerns him."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from sqlalchemy import text

from api.auth import LEEWAY
from api.live.hub import MOST_OF_A_USER
from l1.database.feed import MOST_BEHIND, EventFeed, Position
from l1.database.presence import Presences, Visit
from l1.domain.roles import Role
from l1.domain.session import Actor
from l1.local_stack.processes import free_port
from l1.local_stack.supervisor import Program
from tests.accounts import Account
from tests.stack import Stack, api_beside
from tests.streams import reading
from tests.waiting import eventually

NAME = "Ada Byron"
ESCALATION = {"reason_category": "needs_engineer", "reason": "The caller has to leave."}

_ADD_EVENT = text(
    "INSERT INTO walk_events (session_id, position, account_id, command_id, revision, kind, at, actor_id, body) "
    "SELECT :session, number, :account, gen_random_uuid(), number, 'noted', now(), 'test', '{}' "
    "FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS number"
)


def added(account: Account, session: Any, first: int, last: int) -> dict[str, Any]:
    return {"session": session["id"], "account": account.id, "first": first, "last": last}


async def note(account: Account, session: Any, words: str = "Hm.", role: Role = Role.L1) -> None:
    await account.post(f"/sessions/{session['id']}/notes", {"notes": [{"text": words}]}, role=role)


async def test_what_happens_to_calls_is_sent_in_order_and_without_what_callers_say(
    account: Account, http: httpx.AsyncClient
) -> None:
    flow_id = await account.publish()
    async with reading(http, "/events", account.headers(Role.OWNER)) as reader:
        session = await account.take_call(flow_id, customer_name=NAME, problem_statement="Q comes out as @")
        await account.step(session, "Again")
        rejected = await account.request(
            "POST", f"/sessions/{session['id']}/step", {"node_id": "n2", "answer": "It works"}
        )
        assert rejected.status_code == 409
        await note(account, session, "Only since Monday.")
        await account.post(f"/sessions/{session['id']}/escalate", ESCALATION)
        await reader.until(lambda it: "escalated" in it.kinds)
    assert reader.kinds == ["opened", "stepped", "noted", "escalated"]
    assert reader.revisions == [1, 2, 3, 4]
    ids = [Position.parse(one.id or "") for one in reader.received]
    assert None not in ids
    assert ids == sorted(ids, key=lambda position: position or (0, 0))
    assert len(set(ids)) == len(ids)
    last = reader.of("walk")[-1]
    me = {"id": str(account.users[Role.L1]), "name": "Test l1"}
    assert last == {
        "kind": "escalated",
        "session_id": session["id"],
        "ticket_id": session["ticket_id"],
        "ticket_number": session["ticket_number"],
        "revision": 4,
        "at": last["at"],
        "by": me,
        "status": "escalated",
        "owner": me,
    }
    for words in (NAME, "Q comes out", "since Monday", "has to leave"):
        assert words not in str(reader.received)


async def test_a_reader_who_comes_again_gets_what_he_has_missed_and_nothing_twice_also_from_another_process(
    stack: Stack, account: Account, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    session = await account.take_call()
    headers = account.headers()
    async with reading(http, "/events", headers) as never_saw_any:
        await never_saw_any.until(lambda it: it.last_id is not None)
    await note(account, session)
    async with reading(http, "/events", headers) as first:
        await note(account, session)
        await first.until(lambda it: len(it.kinds) == 1)
    await note(account, session)
    await note(account, session)
    async with (
        api_beside(stack, tmp_path) as other_api,
        reading(other_api, "/events", headers, last_id=never_saw_any.last_id) as from_the_beginning,
        reading(other_api, "/events", headers, last_id=first.last_id) as from_between,
    ):
        await note(account, session)
        for again, missed in ((from_the_beginning, [2, 3, 4, 5, 6]), (from_between, [4, 5, 6])):
            await again.until(lambda it, last=missed[-1]: last in it.revisions)  # type: ignore[misc]
            assert again.revisions == missed
            assert not again.of("reset")


async def test_an_event_that_is_committed_late_comes_before_those_of_later_transactions(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    session, other = await account.take_call(), await account.take_call()
    async with reading(http, "/events", account.headers()) as reader:
        async with stack.database.account(account.id) as connection:
            await connection.execute(_ADD_EVENT, added(account, session, 500, 500))
            await note(account, other)
            await note(account, other)
        await reader.until(lambda it: len(it.kinds) == 3)
    assert [(data["session_id"], data["revision"]) for data in reader.of("walk")] == [
        (session["id"], 500),
        (other["id"], 2),
        (other["id"], 3),
    ]


async def test_another_account_is_sent_nothing(
    account: Account, other_account: Account, http: httpx.AsyncClient
) -> None:
    flow_id, session = await other_account.publish(), await account.take_call()
    async with (
        reading(http, "/events", other_account.headers(Role.OWNER)) as others,
        reading(http, "/events", account.headers(Role.OWNER)) as own,
    ):
        await note(account, session)
        await own.until(lambda it: it.kinds == ["noted"])
        await other_account.take_call(flow_id)
        await others.until(lambda it: bool(it.kinds))
        assert others.kinds == ["opened"]
        # An id of the other account is none of this one's.
        async with reading(http, "/events", other_account.headers(), last_id=own.last_id) as stranger:
            await stranger.until(lambda it: bool(it.received))
            assert [one.event for one in stranger.received] == ["reset"]
    response = await other_account.request("GET", f"/sessions/{session['id']}/events")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_engineer_who_takes_no_calls_is_sent_what_happens_in_the_hand_off(
    account: Account, http: httpx.AsyncClient
) -> None:
    flow_id = await account.publish()
    async with (
        reading(http, "/events", account.headers(Role.ENGINEER)) as engineer,
        reading(http, "/events", account.headers(Role.ENGINEER, covers_l1=True)) as covering,
        AsyncExitStack() as looking_on,
    ):
        solved, handed_over = await account.take_call(flow_id), await account.take_call(flow_id)
        path = f"/sessions/{handed_over['id']}/events"
        await looking_on.enter_async_context(reading(http, path, account.headers(Role.ENGINEER)))
        await covering.until(lambda it: bool(it.of("presence")))
        await account.post(f"/sessions/{solved['id']}/resolve", {"helpful": True})
        await note(account, handed_over)
        await covering.until(lambda it: "noted" in it.kinds)
        await account.post(f"/sessions/{handed_over['id']}/escalate", ESCALATION)
        await engineer.until(lambda it: bool(it.kinds))
        await covering.until(lambda it: "escalated" in it.kinds)
    assert engineer.kinds == ["escalated"]
    assert covering.kinds == ["opened", "opened", "resolved", "noted", "escalated"]


async def test_what_an_event_of_its_kind_adds_is_sent_with_it(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    await account.post(f"/sessions/{session['id']}/escalate", ESCALATION)
    add = text(
        "INSERT INTO walk_events (session_id, position, account_id, command_id, revision, kind, at, actor_id, body) "
        "VALUES (:session, 10, :account, gen_random_uuid(), 10, 'reminded', now(), 'system', :body)"
    )
    body = json.dumps({"tier": 2, "number": 1, "kind": "reminded"})
    async with reading(http, "/events", account.headers(Role.ENGINEER)) as engineer:
        async with stack.database.account(account.id) as connection:
            await connection.execute(add, {"session": session["id"], "account": account.id, "body": body})
        await engineer.until(lambda it: bool(it.kinds))
        [reminded] = engineer.of("walk")
    assert (reminded["kind"], reminded["tier"], reminded["number"]) == ("reminded", 2, 1)
    assert reminded["by"] == {"id": "system", "name": None}
    assert "deadline" not in reminded


async def test_a_stream_of_one_session_is_sent_that_session_s_events(account: Account, http: httpx.AsyncClient) -> None:
    one, other = await account.take_call(), await account.take_call()
    async with reading(http, f"/sessions/{one['id']}/events", account.headers()) as reader:
        await note(account, other)
        await note(account, one)
        await reader.until(lambda it: bool(it.kinds))
        assert [data["session_id"] for data in reader.of("walk")] == [one["id"]]
    await note(account, other)
    await note(account, one)
    async with reading(http, f"/sessions/{one['id']}/events", account.headers(), last_id=reader.last_id) as again:
        await again.until(lambda it: bool(it.kinds))
        assert again.revisions == [3]


@pytest.mark.parametrize(
    "unknown", ["yesterday", "1-2-3", "99999999999999999999999-1", "12-99999999999999999999", "5-5"]
)
async def test_a_reader_with_an_unknown_id_is_told_to_read_anew_and_goes_on_from_now(
    account: Account, http: httpx.AsyncClient, unknown: str
) -> None:
    session = await account.take_call()
    async with reading(http, "/events", account.headers(), last_id=unknown) as reader:
        await reader.until(lambda it: bool(it.received))
        await note(account, session)
        await reader.until(lambda it: bool(it.kinds))
    assert [(one.event, one.data["kind"]) for one in reader.received] == [("reset", "reset"), ("walk", "noted")]


async def test_a_reader_who_is_thousands_of_events_behind_is_told_to_read_anew(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    begin = await EventFeed(stack.database).now(account.id)
    async with stack.database.account(account.id) as connection:
        await connection.execute(_ADD_EVENT, added(account, session, 2, MOST_BEHIND + 1))
    async with reading(http, "/events", account.headers(), last_id=str(begin)) as just_near:
        await just_near.until(lambda it: len(it.kinds) == MOST_BEHIND)
        assert just_near.revisions == list(range(2, MOST_BEHIND + 2))
    async with stack.database.account(account.id) as connection:
        await connection.execute(_ADD_EVENT, added(account, session, MOST_BEHIND + 2, MOST_BEHIND + 2))
    async with reading(http, "/events", account.headers(), last_id=str(begin)) as too_far:
        await too_far.until(lambda it: bool(it.received))
        assert [one.event for one in too_far.received] == ["reset"]


async def test_streams_end_at_once_when_the_api_stops(stack: Stack, account: Account, tmp_path: Path) -> None:
    port = free_port()
    env = stack.env | {"L1_DATA_DIR": str(tmp_path), "L1_API_PORT": str(port)}
    api = Program("api", [sys.executable, "-m", "l1.cli", "api"], data_dir=tmp_path, env=env)
    await api.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            await eventually(lambda: _responds(http), within=60)
            session = await account.take_call()
            paths = ["/events", "/events", f"/sessions/{session['id']}/events"]
            async with AsyncExitStack() as open_streams:
                readers = [
                    await open_streams.enter_async_context(reading(http, path, account.headers())) for path in paths
                ]
                began = time.monotonic()
                os.kill(api.pid, signal.SIGTERM)
                for reader in readers:
                    await reader.until(lambda it: it.is_over, within=2.5)  # uvicorn cuts off what is open after 3 s

                async def has_ended() -> bool:
                    return not api.child.running

                await eventually(has_ended, within=5)
                assert time.monotonic() - began < 3
        assert (await account.get(f"/sessions/{session['id']}"))["presence"] == []
    finally:
        await api.stop()


async def _responds(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).is_success
    except httpx.TransportError:
        return False


async def test_a_stream_ends_with_the_token_that_opened_it(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    claims = {
        "sub": str(uuid4()),
        "account_id": str(account.id),
        "role": "l1",
        "exp": datetime.now(UTC) - timedelta(seconds=LEEWAY - 2),
    }
    token = jwt.encode(claims, stack.secrets.jwt_secret, algorithm="HS256")
    async with reading(http, "/events", {"Authorization": f"Bearer {token}"}) as reader:
        await reader.until(lambda it: it.is_over, within=5)
    assert (await http.get("/l1/events", headers={"Authorization": f"Bearer {token}"})).status_code == 401


async def test_a_user_has_so_many_streams_and_no_more(account: Account, http: httpx.AsyncClient) -> None:
    async with AsyncExitStack() as open_streams:
        await asyncio.gather(
            *(
                open_streams.enter_async_context(reading(http, "/events", account.headers()))
                for _ in range(MOST_OF_A_USER)
            )
        )
        response = await account.request("GET", "/events")
        assert (response.status_code, response.json()["code"]) == (429, "too_many_requests")
        async with reading(http, "/events", account.headers(Role.OWNER)) as of_another:
            await of_another.until(lambda it: it.last_id is not None)

    async def has_a_place() -> bool:
        async with http.stream("GET", "/l1/events", headers=account.headers()) as response:
            return response.status_code == 200

    await eventually(has_a_place)


async def test_whoever_streams_a_session_is_shown_to_colleagues_until_he_leaves(
    account: Account, http: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    path = f"/sessions/{session['id']}"
    me = {"id": str(account.users[Role.ADMIN]), "name": "Test admin"}

    async def shown() -> list[Any]:
        [queued] = await account.get("/queue")
        [active] = await account.get("/sessions/active")
        [found] = await account.get("/sessions")
        ticket = await account.get(f"/tickets/{session['ticket_id']}")
        opened = await account.get(path)
        return [row["presence"] for row in (queued, active, found, ticket["sessions"][0], opened)]

    async with reading(http, "/events", account.headers()) as colleague:
        async with (
            reading(http, f"{path}/events", account.headers(Role.ADMIN)) as first,
            reading(http, f"{path}/events", account.headers(Role.ADMIN)),  # a second window of the same person
        ):
            await colleague.until(lambda it: it.of("presence")[-1:] == [_presence(session, me)])
            await first.until(lambda it: bool(it.of("presence")))
            assert await shown() == [[me]] * 5
            await account.post(f"{path}/escalate", ESCALATION)
            [escalated] = await account.get("/escalations", role=Role.ENGINEER)
            assert escalated["session"]["presence"] == [me]
        await colleague.until(lambda it: it.of("presence")[-1:] == [_presence(session)])
        assert (await account.get(path))["presence"] == []
    assert all(one.id is None for one in colleague.received if one.event == "presence")


def _presence(session: Any, *people: Any) -> Any:
    return {"kind": "presence", "session_id": session["id"], "presence": list(people)}


async def test_whoever_a_killed_process_has_left_behind_counts_for_some_seconds_only(
    stack: Stack, account: Account, http: httpx.AsyncClient
) -> None:
    session = await account.take_call()
    left_behind = text(
        "INSERT INTO presence (stream_id, account_id, session_id, user_id, seen_at) "
        "VALUES (gen_random_uuid(), :account, :session, 'gone', now() - interval '46 s'), "
        "(gen_random_uuid(), :account, :session, 'there', now() - interval '30 s')"
    )
    async with stack.database.account(account.id) as connection:
        await connection.execute(left_behind, {"account": account.id, "session": session["id"]})
    assert [one["id"] for one in (await account.get(f"/sessions/{session['id']}"))["presence"]] == ["there"]

    # Another process that says who is there forgets them, and tells.
    me = Visit(uuid4(), UUID(session["id"]), Actor("me"))
    async with reading(http, "/events", account.headers()) as reader:
        await Presences(stack.database).refresh(account.id, [me])
        await reader.until(lambda it: bool(it.of("presence")))
        assert reader.of("presence") == [
            _presence(session, {"id": "me", "name": None}, {"id": "there", "name": None}),
        ]
    async with stack.database.account(account.id) as connection:
        kept = await connection.scalars(text("SELECT user_id FROM presence ORDER BY user_id"))
        assert kept.all() == ["me", "there"]
