"""What becomes of a proposal that is published, from the first call to the flow and its next version."""

from typing import Any

import pytest

from l1.domain.branches import NOT_BUILT, SOLVED
from l1.domain.roles import Role
from tests.accounts import Account
from tests.api.gauge import (
    all_flows_have_their_vectors,  # noqa: F401 - here, too, pytest uses it by itself
    decide_building,
)
from tests.api.proposals import LATHE_FILE, edit, listed, proposed, publish, read
from tests.api.test_errors import assert_problem
from tests.waiting import eventually


async def test_a_published_proposal_is_a_flow_that_is_built_on_where_a_branch_is_open(account: Account) -> None:
    proposal_id = await proposed(account)
    published = await publish(account, proposal_id)
    assert (published["status"], published["flow_version"]) == ("published", 1)
    assert published["decided_by"] == str(account.users[Role.ENGINEER])
    saved = await account.get(f"/flows/{published['flow_id']}")
    assert (saved["status"], saved["slug"], saved["title"]) == ("published", published["slug"], published["title"])
    assert saved["flow"]["nodes"]["n1"]["answers"] == {"Yes": None, "No": "n2"}
    session = await account.take_call(published["flow_id"])
    assert (session["session_kind"], session["is_built"], session["built_nodes"]) == ("flow", True, [])
    went_on = (await account.step(session, "Yes")).json()
    assert went_on["current_node"]["kind"] in ("question", "instruction")
    assert [build["node_id"] for build in went_on["built_nodes"]] == [went_on["current_node_id"]]
    detail = await read(account, proposal_id)
    assert {name: detail[name] for name in published} == published
    assert await listed(account) == []


async def test_the_flow_of_a_proposal_can_be_taken_out_and_brought_in_again(
    account: Account, other_account: Account
) -> None:
    published = await publish(account, await proposed(account))
    file = (await account.get(f"/flows/{published['flow_id']}"))["flow"]
    assert None in file["nodes"]["n1"]["answers"].values()
    draft = await other_account.post("/flows", file, role=Role.ENGINEER)
    assert draft["status"] == "draft"
    again = await other_account.post(f"/flows/{draft['id']}/publish", role=Role.ENGINEER)
    assert (again["status"], again["version"]) == ("published", 1)
    assert (await other_account.get(f"/flows/{draft['id']}"))["flow"] == file
    assert (await other_account.take_call(draft["id"]))["is_built"]


async def test_a_draft_whose_open_branches_lead_to_no_solution_is_kept_and_not_published(account: Account) -> None:
    node = LATHE_FILE["nodes"]["n1"] | {"answers": {"Yes": None, "No": None}}
    draft = await account.post("/flows", LATHE_FILE | {"nodes": {"n1": node}}, role=Role.ENGINEER)
    response = await account.request("POST", f"/flows/{draft['id']}/publish", role=Role.ENGINEER)
    problem = assert_problem(response, 422, "invalid_flow")
    assert [fault["field"] for fault in problem["errors"]] == ["nodes.n1"]
    assert (await account.get(f"/flows/{draft['id']}"))["status"] == "draft"


async def test_where_its_category_may_not_be_built_an_open_branch_leads_to_an_engineer_and_says_so(
    account: Account,
) -> None:
    published = await publish(account, await proposed(account))
    await decide_building(account, "hardware", may_build=False)
    session = await account.take_call(published["flow_id"])
    assert not session["is_built"]
    path = f"/sessions/{session['id']}/next-node"
    refused = await account.request("POST", path, {"node_id": "n1", "answer": "Yes"})
    assert_problem(refused, 409, "wrong_session_kind")
    handed = (await account.step(session, "Yes")).json()["current_node"]
    assert (handed["kind"], handed["text"], handed["reason_category"]) == ("escalation", NOT_BUILT, "needs_engineer")


@pytest.mark.parametrize("answers", [{"Yes": None, "No": None}, {"Yes": "up", "No": None}])
async def test_a_tree_in_which_no_answer_leads_to_a_resolution_is_refused_with_its_place(
    answers: dict[str, str | None], account: Account
) -> None:
    proposal_id = await proposed(account)
    nodes = {"n1": LATHE_FILE["nodes"]["n1"] | {"answers": answers}, "up": LATHE_FILE["nodes"]["up"]}
    kept = {name: node for name, node in nodes.items() if name == "n1" or name in answers.values()}
    assert (await edit(account, proposal_id, LATHE_FILE | {"nodes": kept})).status_code == 200
    response = await account.request("POST", f"/proposals/{proposal_id}/publish", role=Role.ENGINEER)
    problem = assert_problem(response, 422, "invalid_flow")
    assert [fault["field"] for fault in problem["errors"]] == ["nodes.n1"]
    assert (await read(account, proposal_id))["status"] == "open"


async def test_an_answer_that_says_solved_leads_to_a_resolution_in_the_engineers_words_or_in_plain_ones(
    account: Account,
) -> None:
    nodes = {
        "n1": {"kind": "instruction", "text": "Push the fuse in.", "answers": {"It works": None, "No change": "n2"}},
        "n2": {"kind": "question", "text": "Is the lamp lit now?", "answers": {"That was it": "n3", "No": None}},
        "n3": {"kind": "resolution", "text": "The lamp is the thing to look at."},
    }
    proposal_id = await proposed(account)
    assert (await edit(account, proposal_id, LATHE_FILE | {"nodes": nodes})).status_code == 200
    flow_id = (await publish(account, proposal_id))["flow_id"]
    session = await account.take_call(flow_id)
    solved = (await account.step(session, "It works")).json()["current_node"]
    assert (solved["kind"], solved["text"]) == ("resolution", SOLVED)
    session = (await account.step(await account.take_call(flow_id), "No change")).json()
    solved = (await account.step(session, "That was it")).json()["current_node"]
    assert (solved["kind"], solved["text"]) == ("resolution", "The lamp is the thing to look at.")


# --- from the first call to the flow --------------------------------------------------------------------------------

FIRST = "My laptop's touchpad has stopped responding"
SECOND = "My laptop touchpad has stopped reacting"
THIRD = "The touchpad on this laptop no longer reacts to my fingers"
FOURTH = "My laptop touchpad does not respond any more"
"""Callers' words for one problem, to which no starter flow comes near."""


async def solved(
    account: Account, statement: str, *answers: str, notes: str | None = None, flow_id: str | None = None, **caller: str
) -> Any:
    """Take a call, on the flow or one whose tree is built, give these answers, and resolve it where they have led."""
    choice = {"flow_id": flow_id} if flow_id else {"force_build": True}
    taken = await account.post("/intake", {"problem_statement": statement, **choice, **caller})
    assert (taken["outcome"], taken["session_kind"]) == (("matched", "flow") if flow_id else ("build", "ai_build"))
    session = taken["session"]
    path = f"/sessions/{session['id']}"
    for answer in answers:
        body = {"node_id": session["current_node_id"], "answer": answer}
        session = (await account.post(f"{path}/next-node", body))["session"]
    return await account.post(f"{path}/resolve", {"helpful": True, "resolution_notes": notes})


async def learned_from(account: Account, calls: int) -> Any:
    """Wait for the account's only proposal to have learned from so many calls, and read it."""

    async def look() -> Any:
        return [item for item in await listed(account) if item["call_count"] == calls]

    [item] = await eventually(look)
    return await read(account, item["id"])


async def test_a_call_walks_a_proposal_where_the_account_allows_it_and_goes_on_at_its_open_branches(
    account: Account,
) -> None:
    await solved(account, FIRST, "That was it")
    proposal = await learned_from(account, calls=1)
    assert (await account.post("/intake", {"problem_statement": SECOND}))["session_kind"] == "ai_build"
    body = {"categories": [], "walk_proposals": True}
    assert (await account.request("PUT", "/categories", body, role=Role.OWNER)).status_code == 200
    answer = await account.post("/intake", {"problem_statement": SECOND})
    session = answer["session"]
    assert (answer["outcome"], session["session_kind"]) == ("matched", "proposal")
    assert session["flow_proposal_id"] == proposal["id"]
    start = proposal["flow"]["nodes"][proposal["flow"]["start"]]
    assert session["current_node"]["text"] == start["text"]

    path = f"/sessions/{session['id']}"
    body = {"node_id": session["current_node_id"], "answer": "None of these is off"}
    assert start["answers"][body["answer"]] is None
    built = (await account.post(f"{path}/next-node", body))["node"]
    await account.post(f"{path}/resolve", {"helpful": True})
    grown = await learned_from(account, calls=2)
    added = grown["flow"]["nodes"][proposal["flow"]["start"]]["answers"][body["answer"]]
    assert grown["flow"]["nodes"][added]["text"] == built["text"]


async def test_a_proposal_made_of_three_calls_is_published_and_found_by_a_fourth_callers_words(
    account: Account,
) -> None:
    first = await solved(account, FIRST, "That was it")
    await learned_from(account, calls=1)
    second = await solved(account, SECOND, "None of these is off", "No")
    await learned_from(account, calls=2)
    third = await solved(account, THIRD, "That was it")
    proposal = await learned_from(account, calls=3)

    assert [call["session_id"] for call in proposal["calls"]] == [third["id"], second["id"], first["id"]]
    start = proposal["flow"]["nodes"][proposal["flow"]["start"]]
    switch, solution = start["text"], first["current_node"]["text"]
    assert (switch, proposal["flow"]["nodes"][start["answers"]["That was it"]]["text"]) == (
        first["walked_path"][0]["question"],
        solution,
    )
    assert proposal["nodes"][proposal["flow"]["start"]] == {"walked": 3, "helped": 3}
    assert proposal["nodes"][start["answers"]["That was it"]] == {"walked": 2, "helped": 2}
    assert proposal["nodes"][start["answers"]["None of these is off"]] == {"walked": 1, "helped": 1}
    assert proposal["open_branches"]

    before = await account.post("/intake", {"problem_statement": FOURTH})
    assert (before["outcome"], before["session_kind"]) == ("build", "ai_build")
    published = await publish(account, proposal["id"])

    async def found() -> Any:
        answer = await account.post("/intake", {"problem_statement": FOURTH})
        return answer if answer["outcome"] == "matched" else None

    fourth = await eventually(found)
    assert (fourth["flow_id"], fourth["session_kind"]) == (published["flow_id"], "flow")
    assert fourth["session"]["flow_version"] == published["flow_version"]
    assert fourth["session"]["current_node"]["text"] == switch
    last = (await account.step(fourth["session"], "That was it")).json()
    assert (last["current_node"]["kind"], last["current_node"]["text"]) == ("resolution", solution)


async def test_a_published_flow_solves_what_its_calls_solved_and_what_no_call_has_answered_grows_its_next_version(
    account: Account,
) -> None:
    ada = {"customer_name": "Ada Byron", "customer_contact": "+44 20 7946 0958"}
    await solved(account, FIRST, notes="Ada Byron's touchpad was off: Fn and F7. Reach her on 020 7946 0958.", **ada)
    await learned_from(account, calls=1)
    await solved(account, SECOND, "None of these is off", "No", notes="The driver was old.")
    await learned_from(account, calls=2)
    await solved(account, THIRD, "None of these is off", notes="It was wet.")
    proposal = await learned_from(account, calls=3)
    start = proposal["flow"]["start"]
    solution = proposal["flow"]["nodes"][proposal["flow"]["nodes"][start]["answers"]["That was it"]]
    assert (solution["kind"], solution["text"]) == (
        "resolution",
        "[name] touchpad was off: Fn and F7. Reach her on [number].",
    )
    flow_id = (await publish(account, proposal["id"]))["flow_id"]

    fourth = await solved(account, FOURTH, "That was it", flow_id=flow_id)
    assert (fourth["current_node"]["text"], fourth["built_nodes"]) == (solution["text"], [])
    fifth = await solved(account, FOURTH, "It is another part", notes="A dead battery.", flow_id=flow_id)
    assert [build["node_id"] for build in fifth["built_nodes"]] == [fifth["current_node_id"]]

    following = await learned_from(account, calls=1)
    assert (following["status"], following["slug"], following["title"]) == ("open", proposal["slug"], proposal["title"])
    nodes = following["flow"]["nodes"]
    added = nodes[start]["answers"]["It is another part"]
    assert nodes[added]["text"] == fifth["current_node"]["text"]
    assert nodes[start]["answers"] | {"It is another part": None} == proposal["flow"]["nodes"][start]["answers"]
    await solved(account, FOURTH, "It is another part", flow_id=flow_id)
    await learned_from(account, calls=2)
    published = await publish(account, following["id"])
    assert (published["flow_id"], published["flow_version"]) == (flow_id, 2)
    sixth = await solved(account, FOURTH, "It is another part", flow_id=flow_id)
    assert (sixth["current_node"]["text"], sixth["built_nodes"]) == (fifth["current_node"]["text"], [])


@pytest.mark.parametrize("notes", ["Got a driver from driver-fix.example.com", "Ran sfc /scannow and it was fine"])
async def test_notes_that_the_guards_would_not_let_a_model_say_are_left_to_the_engineer(
    notes: str, account: Account
) -> None:
    await solved(account, FIRST, notes=notes)
    proposal = await learned_from(account, calls=1)
    assert proposal["flow"]["nodes"][proposal["flow"]["start"]]["answers"]["That was it"] is None
    assert proposal["calls"][0]["resolution_notes"] == notes
    flow_id = (await publish(account, proposal["id"]))["flow_id"]
    assert (await solved(account, FOURTH, "That was it", flow_id=flow_id))["current_node"]["text"] == SOLVED
