"""Calls from the first word to the end, through REST."""

from l1.domain.roles import Role
from tests.accounts import OUTLOOK, Account


async def test_a_call_is_matched_walked_noted_and_resolved(account: Account) -> None:
    answer = await account.post("/intake", {"problem_statement": OUTLOOK, "customer_name": "Ada Byron"})
    assert answer["outcome"] == "matched"
    session = answer["session"]
    assert session["customer_name"] == "Ada Byron"
    first = session["current_node"]
    session = (await account.step(session, first["answers"][0])).json()
    assert session["walked_path"][0]["node_id"] == first["id"]
    assert session["walked_path"][0]["answered_by"] == str(account.users[Role.L1])
    session = await account.post(f"/sessions/{session['id']}/notes", {"notes": [{"text": "Since Monday."}]})
    assert [note["text"] for note in session["walk_notes"]] == ["Since Monday."]
    session = await account.post(f"/sessions/{session['id']}/resolve", {"helpful": True, "resolution_notes": "Done."})
    assert session["status"] == "resolved"
    resolution = session["resolution"]
    assert (resolution["helpful"], resolution["notes"], resolution["by_name"]) == (True, "Done.", "Test l1")
    assert await account.get(f"/sessions/{session['id']}") == session
    [row] = await account.get("/queue?status_filter=resolved")
    assert row["ticket_id"] == session["ticket_id"]


async def test_a_tree_is_built_node_by_node_where_the_category_allows_it(account: Account) -> None:
    answer = await account.post(
        "/intake", {"problem_statement": "The printer prints green stripes", "force_build": True}
    )
    assert answer["outcome"] == "build"
    session = answer["session"]
    seen = []
    while session["current_node"]["answers"]:
        seen.append(session["current_node"]["text"])
        body = {"node_id": session["current_node_id"], "answer": session["current_node"]["answers"][-1]}
        built = await account.post(f"/sessions/{session['id']}/next-node", body)
        session = built["session"]
        assert built["node"] == session["current_node"]
    assert len(seen) == len(set(seen))
    assert session["current_node"]["kind"] in ("resolution", "escalation")
    session = await account.post(f"/sessions/{session['id']}/escalate", {"reason_category": "needs_engineer"})
    assert session["escalation"]["by"] == str(account.users[Role.L1])
    [row] = await account.get("/escalations", role=Role.ENGINEER)
    assert row["session"]["id"] == session["id"]
