"""The lists of calls, the flow library and the categories, as their readers see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.waiting import eventually

GREEN_STRIPES = {"problem_statement": "The printer prints green stripes", "force_build": True}


async def escalate(account: Account, problem: str = "Fire", **fields: Any) -> Any:
    body = {"problem_statement": problem, "reason_category": "needs_engineer", **fields}
    return await account.post("/escalate-without-walk", body)


async def read_pages(account: Account, path: str, *, role: Role = Role.L1) -> list[list[Any]]:
    """Follow the links from page to page; the total must be the same on each."""
    pages: list[list[Any]] = []
    totals = set()
    following = path
    while following:
        response = await account.request("GET", following, role=role)
        assert response.status_code == 200, response.text
        pages.append(response.json())
        totals.add(int(response.headers["x-total-count"]))
        following = str(response.links["next"]["url"]).removeprefix("/l1") if "next" in response.links else ""
    assert totals == {sum(map(len, pages))}
    return pages


async def test_the_queue_has_every_ticket_latest_first_with_who_is_on_it(account: Account) -> None:
    flow_id = await account.publish()
    first = await account.take_call(flow_id, problem_statement="First", customer_name="Ada Byron")
    second = await escalate(account, "Second")
    third = await account.take_call(flow_id, problem_statement="Third")
    await account.post(f"/sessions/{third['id']}/resolve", {"helpful": True}, role=Role.ADMIN)
    rows = await account.get("/queue")
    assert [row["problem_statement"] for row in rows] == ["Third", "Second", "First"]
    assert [row["status"] for row in rows] == ["resolved", "escalated", "active"]
    assert [row["session_id"] for row in rows] == [third["id"], second["id"], first["id"]]
    l1 = {"id": str(account.users[Role.L1]), "name": "Test l1"}
    assert [row["owner"] for row in rows] == [l1, l1, l1]
    assert rows[2] == {
        "ticket_id": first["ticket_id"],
        "ticket_number": "T-1001",
        "ticket_kind": first["ticket_kind"],
        "problem_statement": "First",
        "customer_name": "Ada Byron",
        "status": "active",
        "category": "hardware",
        "created_at": rows[2]["created_at"],
        "stall_deadline": first["stall_deadline"],
        "escalation": None,
        "session_id": first["id"],
        "owner": l1,
        "presence": [],
    }
    assert rows[1]["escalation"] == second["escalation"]
    assert [row["ticket_number"] for row in rows] == ["T-1003", "T-1002", "T-1001"]
    age = datetime.now(UTC) - datetime.fromisoformat(rows[2]["created_at"])
    assert timedelta(0) < age < timedelta(minutes=1)


async def test_the_queue_is_filtered_by_status_and_limited(account: Account) -> None:
    session = await account.take_call()
    for number in range(3):
        await escalate(account, f"Fire {number}")
    assert [row["session_id"] for row in await account.get("/queue?status_filter=active")] == [session["id"]]
    escalated = await account.get("/queue?status_filter=escalated&limit=2")
    assert [row["problem_statement"] for row in escalated] == ["Fire 2", "Fire 1"]
    assert await account.get("/queue?status_filter=resolved") == []
    assert len(await account.get("/queue?status_filter=&limit=200")) == 4
    assert len(await account.get("/queue?limit=1")) == 1


async def test_every_list_is_read_page_by_page_without_a_row_twice_or_left_out(account: Account) -> None:
    for number in range(4):
        await escalate(account, f"Fire {number}", customer_name="Ada Byron")
    await account.take_call(customer_name="Ada Byron")
    for path in (
        "/queue?status_filter=escalated",
        "/queue?q=fire",
        "/sessions?customer=Ada+Byron&q=b",
        "/escalations?",
        "/flows?",
        "/proposals?status=rejected",
    ):
        whole = await account.get(path, role=Role.OWNER)
        step = max(1, len(whole) // 3)
        pages = await read_pages(account, f"{path}&limit={step}", role=Role.OWNER)
        read = [row for page in pages for row in page]
        for row in (*whole, *read):
            row.pop("waiting_seconds", None)
        assert read == whole, path
        assert all(len(page) == step for page in pages[:-1]), path


async def test_what_is_added_meanwhile_moves_no_row_to_another_page(account: Account) -> None:
    first = [await escalate(account, f"Fire {number}") for number in range(3)]
    response = await account.request("GET", "/queue?limit=2")
    await escalate(account, "Fire 3")
    link = str(response.links["next"]["url"])
    assert "limit=2" in link
    [row] = (await account.http.get(link, headers=account.headers())).json()
    assert row["session_id"] == first[0]["id"]


async def test_a_cursor_shows_an_account_its_own_rows_only(account: Account, other_account: Account) -> None:
    for number in range(3):
        await escalate(account, f"Fire {number}")
        await escalate(other_account, f"Flood {number}")
    for path in ("/queue?limit=1", "/sessions?limit=1", "/escalations?limit=1"):
        link = str((await account.request("GET", path, role=Role.OWNER)).links["next"]["url"])
        response = await account.http.get(link, headers=other_account.headers(Role.OWNER))
        assert response.status_code == 200
        assert "Fire" not in response.text


async def test_a_ticket_is_read_with_its_sessions(account: Account, other_account: Account) -> None:
    session = await account.take_call(customer_name="Ada Byron", customer_contact="+49 170 1")
    ticket = await account.get(f"/tickets/{session['ticket_id']}")
    assert ticket == {
        "ticket_id": session["ticket_id"],
        "ticket_number": session["ticket_number"],
        "ticket_kind": "internal",
        "problem_statement": "The keyboard is odd",
        "customer_name": "Ada Byron",
        "customer_contact": "+49 170 1",
        "status": "active",
        "created_at": ticket["created_at"],
        "sessions": [session],
    }
    refused = await other_account.request("GET", f"/tickets/{session['ticket_id']}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


async def test_reasons_have_titles(account: Account) -> None:
    reasons = await account.get("/reasons")
    assert {"slug": "needs_engineer", "title": "Needs an engineer"} in reasons
    assert len({reason["slug"] for reason in reasons}) == len(reasons)


async def test_active_sessions_are_the_callers_own_last_activity_first_and_at_most_twenty(account: Account) -> None:
    flow_id = await account.publish()
    taken = [(await account.take_call(flow_id))["id"] for _ in range(23)]
    await account.post(f"/sessions/{taken[-1]}/resolve", {"helpful": True})
    await account.post(f"/sessions/{taken[0]}/notes", {"notes": [{"text": "Still here."}]})
    own = await account.get("/sessions/active")
    assert [session["id"] for session in own] == [taken[0], *taken[-2:2:-1]]
    assert await account.get("/sessions/active", role=Role.ADMIN) == []


async def test_a_call_that_a_colleague_goes_on_with_stays_with_its_owner(account: Account) -> None:
    session = await account.take_call(customer_contact="+49 30 1234567")
    path = f"/sessions/{session['id']}"
    owner = {"id": str(account.users[Role.L1]), "name": "Test l1"}
    admin = (str(account.users[Role.ADMIN]), "Test admin")
    await account.post(f"{path}/notes", {"notes": [{"text": "I have a look."}]}, role=Role.ADMIN)
    body = {"node_id": "n1", "answer": "Again"}
    moved = await account.post(f"{path}/step", body, role=Role.ADMIN)
    assert (moved["owner"], moved["customer_contact"]) == (owner, "+49 30 1234567")
    assert (moved["walk_notes"][0]["by"], moved["walk_notes"][0]["by_name"]) == admin
    assert (moved["walked_path"][0]["answered_by"], moved["walked_path"][0]["answered_by_name"]) == admin
    assert await account.get("/sessions/active") == [moved]
    assert await account.get("/sessions/active", role=Role.ADMIN) == []
    closed = await account.post(f"{path}/escalate", {"reason_category": "outage"}, role=Role.ADMIN)
    assert (closed["escalation"]["by"], closed["escalation"]["by_name"]) == admin


async def test_a_walked_path_has_the_nodes_text_and_the_clients_own_wording(account: Account) -> None:
    session = await account.take_call()
    body = {"node_id": "n1", "answer": "Again", "question": "Is the light on?"}
    moved = await account.post(f"/sessions/{session['id']}/step", body)
    moved = await account.post(f"/sessions/{session['id']}/step", {"node_id": "n1", "answer": "Again"})
    asked = [(entry["question"], entry["asked_as"]) for entry in moved["walked_path"]]
    assert asked == [("Is Num Lock lit?", "Is the light on?"), ("Is Num Lock lit?", None)]


async def test_the_hand_off_queue_is_oldest_first_and_read_page_by_page(account: Account) -> None:
    flow_id = await account.publish()
    late = await account.take_call(flow_id)
    calls = [(await escalate(account, f"Fire {number}", customer_contact=f"+49 {number}"))["id"] for number in range(4)]
    await account.post(f"/sessions/{late['id']}/escalate", {"reason_category": "outage", "reason": "All down."})
    expected = [*calls, late["id"]]

    rows = await account.get("/escalations", role=Role.ENGINEER)
    assert [row["session"]["id"] for row in rows] == expected
    assert [row["customer_contact"] for row in rows] == ["+49 0", "+49 1", "+49 2", "+49 3", None]
    assert rows[-1]["session"]["escalation"]["reason"] == "All down."
    assert rows[0]["owner"] == {"id": str(account.users[Role.L1]), "name": "Test l1"}
    assert rows[0]["waiting_seconds"] >= rows[-1]["waiting_seconds"] >= 0
    pages = await read_pages(account, "/escalations?limit=2", role=Role.ENGINEER)
    assert [[row["session"]["id"] for row in page] for page in pages] == [expected[:2], expected[2:4], expected[4:]]


async def test_a_flow_goes_from_draft_to_version_and_a_walk_stays_on_the_version_that_it_began_on(
    account: Account,
) -> None:
    draft = await account.post("/flows", KEYBOARD, role=Role.ENGINEER)
    assert (draft["slug"], draft["status"], draft["version"]) == (KEYBOARD["id"], "draft", 1)
    path = f"/flows/{draft['id']}"
    live = await account.post(f"{path}/publish", role=Role.ENGINEER)
    assert (live["status"], live["version"], live["draft_version"]) == ("published", 1, None)
    began = await account.take_call(draft["id"])

    nodes: Any = KEYBOARD["nodes"]
    changed = KEYBOARD | {"nodes": nodes | {"n2": nodes["n2"] | {"text": "Press it twice."}}}
    redrafted = await account.post("/flows", changed, role=Role.ADMIN)
    assert (redrafted["id"], redrafted["status"], redrafted["version"]) == (draft["id"], "draft", 2)
    listed = await account.get(path)
    assert (listed["status"], listed["version"], listed["draft_version"]) == ("published", 1, 2)
    assert listed["flow"] == KEYBOARD
    assert (await account.take_call(draft["id"]))["flow_version"] == 1

    again = await account.post("/flows", changed, role=Role.ENGINEER)
    assert again["version"] == 2
    second = await account.post(f"{path}/publish", role=Role.ENGINEER)
    assert (second["status"], second["version"]) == ("published", 2)
    assert (await account.get(path))["flow"] == changed

    moved = (await account.step(began, "Yes")).json()
    assert (moved["flow_version"], moved["current_node"]["text"]) == (1, "Press Num Lock.")
    fresh = await account.take_call(draft["id"])
    moved = (await account.step(fresh, "Yes")).json()
    assert (moved["flow_version"], moved["current_node"]["text"]) == (2, "Press it twice.")


async def test_an_unpublished_flow_takes_no_new_calls_but_ends_those_it_has(account: Account) -> None:
    flow_id = await account.publish()
    session = await account.take_call(flow_id)
    off = await account.post(f"/flows/{flow_id}/unpublish", role=Role.ENGINEER)
    assert (off["status"], off["version"]) == ("draft", 1)
    refused = await account.request("POST", "/intake", {"problem_statement": "Keys", "flow_id": flow_id})
    assert refused.status_code == 404
    matched = await account.post("/intake", {"problem_statement": "Keyboard types the wrong letters"})
    assert matched["flow_id"] != flow_id
    assert flow_id not in [near["flow_id"] for near in matched["near_miss"]]
    session = (await account.step(session, "Yes")).json()
    assert (await account.step(session, "It works")).json()["current_node_id"] == "fixed"
    back = await account.post(f"/flows/{flow_id}/publish", role=Role.ENGINEER)
    assert (back["status"], back["version"]) == ("published", 1)


async def test_an_account_sees_its_own_flows_and_the_shared_ones(account: Account, other_account: Account) -> None:
    flow_id = await account.publish()
    flows = await account.get("/flows")
    assert [flow["id"] for flow in flows if not flow["shared"]] == [flow_id]
    assert len([flow for flow in flows if flow["shared"]]) >= 8
    titles = [flow["title"].casefold() for flow in flows]
    assert titles == sorted(titles)
    assert flow_id not in [flow["id"] for flow in await other_account.get("/flows")]


@pytest.mark.parametrize("change", ["publish", "unpublish"])
async def test_a_shared_flow_is_changed_by_no_account(account: Account, change: str) -> None:
    shared = next(flow for flow in await account.get("/flows") if flow["shared"])
    response = await account.request("POST", f"/flows/{shared['id']}/{change}", role=Role.OWNER)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert await account.get(f"/flows/{shared['id']}") == shared | {
        "flow": (await account.get(f"/flows/{shared['id']}"))["flow"]
    }


async def test_an_accounts_own_flow_of_a_shared_slug_is_another_flow(account: Account) -> None:
    shared = next(flow for flow in await account.get("/flows") if flow["shared"])
    own = await account.post("/flows", KEYBOARD | {"id": shared["slug"]}, role=Role.ENGINEER)
    assert own["id"] != shared["id"]
    assert (own["shared"], own["status"], own["version"]) == (False, "draft", 1)


async def test_categories_are_changed_one_by_one_and_read_by_everybody(account: Account) -> None:
    before = await account.get("/categories")
    assert before["stall_after"] is None
    assert {item["category"]: item["builder"] for item in before["categories"]}["security"] == "playbook"
    body = {"stall_after": 600, "categories": [{"category": "email", "builder": "off", "stall_after": 90}]}
    response = await account.request("PUT", "/categories", body, role=Role.ADMIN)
    for role in Role:
        assert await account.get("/categories", role=role) == response.json()
    after = {item["category"]: item for item in response.json()["categories"]}
    assert response.json()["stall_after"] == 600
    assert after["email"] == {"category": "email", "title": "Email", "builder": "off", "stall_after": 90}
    assert [item for item in after.values() if item["category"] != "email"] == [
        item for item in before["categories"] if item["category"] != "email"
    ]


async def test_what_is_not_named_stays_as_it_is(account: Account) -> None:
    async def put(**body: object) -> Any:
        response = await account.request("PUT", "/categories", body, role=Role.OWNER)
        assert response.status_code == 200, response.text
        return response.json()

    def email(read: Any) -> tuple[str, float | None]:
        [item] = [item for item in read["categories"] if item["category"] == "email"]
        return item["builder"], item["stall_after"]

    await put(stall_after=600, walk_proposals=True, categories=[{"category": "email", "stall_after": 90}])
    kept = await put(categories=[{"category": "email", "builder": "off"}])
    assert (kept["stall_after"], kept["walk_proposals"], email(kept)) == (600, True, ("off", 90))
    assert await put() == await put(categories=[{"category": "email"}]) == kept
    kept = await put(walk_proposals=False)
    assert (kept["stall_after"], email(kept)) == (600, ("off", 90))
    kept = await put(stall_after=None, categories=[{"category": "email", "stall_after": None}])
    assert (kept["stall_after"], kept["walk_proposals"], email(kept)) == (None, False, ("off", None))
    undecided = await put(categories=[{"category": "security", "stall_after": 60}])
    assert [item["builder"] for item in undecided["categories"] if item["category"] == "security"] == ["playbook"]


async def test_a_category_is_one_of_the_products_or_of_a_flow_that_the_account_has(
    account: Account, other_account: Account
) -> None:
    body = {"stall_after": 600, "categories": [{"category": "lathes", "stall_after": 90}]}
    await account.publish(KEYBOARD | {"category": "lathes"})
    assert (await account.request("PUT", "/categories", body, role=Role.OWNER)).status_code == 200
    refused = await other_account.request("PUT", "/categories", body, role=Role.OWNER)
    assert (refused.status_code, refused.json()["unknown_categories"]) == (422, ["lathes"])
    assert (await other_account.get("/categories"))["stall_after"] is None


async def test_walking_proposals_is_off_until_somebody_allows_it_and_then_stays_as_it_is(account: Account) -> None:
    async def put(**body: object) -> bool:
        response = await account.request("PUT", "/categories", {"categories": [], **body}, role=Role.OWNER)
        assert response.json() == await account.get("/categories")
        return bool(response.json()["walk_proposals"])

    assert (await account.get("/categories"))["walk_proposals"] is False
    assert not await put(stall_after=600)
    assert await put(walk_proposals=True)
    assert await put()
    assert not await put(walk_proposals=False)


async def test_a_category_that_is_off_is_out_of_scope_and_one_that_is_on_is_built(account: Account) -> None:
    async def allow(*, may_build: bool) -> httpx.Response:
        body = {"categories": [{"category": "printing", "builder": "model" if may_build else "off"}]}
        return await account.request("PUT", "/categories", body, role=Role.OWNER)

    await allow(may_build=False)
    answer = await account.post("/intake", GREEN_STRIPES)
    assert (answer["outcome"], answer["category"]) == ("out_of_scope", "printing")
    assert (answer["session_id"], answer["session"], answer["ticket_id"]) == (None, None, None)
    assert await account.get("/queue") == []
    await allow(may_build=True)
    answer = await account.post("/intake", GREEN_STRIPES)
    assert (answer["outcome"], answer["session_kind"]) == ("build", "ai_build")


async def test_the_deadline_of_a_call_is_the_limit_of_its_category_or_else_of_the_account(account: Account) -> None:
    body = {"stall_after": 600, "categories": [{"category": "printing", "builder": "model", "stall_after": 90}]}
    await account.request("PUT", "/categories", body, role=Role.OWNER)

    def limit(session: Any) -> float:
        last = session["last_step_at"] or session["started_at"]
        deadline = datetime.fromisoformat(session["stall_deadline"])
        return (deadline - datetime.fromisoformat(last)).total_seconds()

    assert limit(await account.take_call()) == 600
    answer = await account.post("/intake", GREEN_STRIPES)
    assert limit(answer["session"]) == pytest.approx(90, abs=2)  # from when its first node was there
    session = await account.take_call(await account.publish(KEYBOARD | {"category": "printing"}))
    assert limit((await account.step(session, "Again")).json()) == 90


async def test_a_call_that_nobody_goes_on_with_is_in_the_hand_off_queue(account: Account) -> None:
    flow_id = await account.publish()
    await account.set_stall_limit(0.3)
    session = await account.take_call(flow_id)

    async def handed_off() -> Any:
        return await account.get("/escalations", role=Role.ENGINEER)

    [row] = await eventually(handed_off)
    assert row["session"]["id"] == session["id"]
    assert (row["session"]["escalation"]["by"], row["session"]["escalation"]["reason_category"]) == (
        "timeout",
        "stalled",
    )
    assert row["session"]["stall_deadline"] is None


async def test_the_product_says_that_it_is_alive_and_ready(http: httpx.AsyncClient) -> None:
    for prefix in ("", "/l1"):
        assert (await http.get(f"{prefix}/healthz")).json() == {"status": "alive"}
        ready = (await http.get(f"{prefix}/readyz")).json()
        assert ready["status"] == "ready"
        assert ready["workers"] >= 1
