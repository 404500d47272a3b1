"""What engineers do with trees that have helped, from the first call to the one that finds the published flow."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from l1.domain.branches import NOT_BUILT, SOLVED
from l1.domain.commands import Escalate, Resolve
from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.proposals import BY_THE_FUSE, LATHE, LATHE_FILE, merged, proposed
from tests.api.test_errors import assert_problem
from tests.api.test_match_or_build import (
    all_flows_have_their_vectors,  # noqa: F401 - here, too, pytest uses it by itself
    decide_building,
)
from tests.waiting import eventually


async def read(account: Account, proposal_id: str) -> Any:
    return await account.get(f"/proposals/{proposal_id}", role=Role.ENGINEER)


async def listed(account: Account, query: str = "") -> list[Any]:
    found = await account.get(f"/proposals{query}", role=Role.ENGINEER)
    return list(found)


async def edit(account: Account, proposal_id: str, body: object = LATHE_FILE, **headers: str) -> httpx.Response:
    return await account.request("PUT", f"/proposals/{proposal_id}", body, role=Role.ENGINEER, **headers)


async def publish(account: Account, proposal_id: str) -> Any:
    return await account.post(f"/proposals/{proposal_id}/publish", role=Role.ENGINEER)


async def reject(account: Account, proposal_id: str, reason: str = "Too rare.") -> Any:
    return await account.post(f"/proposals/{proposal_id}/reject", {"reason": reason}, role=Role.ENGINEER)


# --- reading --------------------------------------------------------------------------------------------------------


async def test_open_proposals_are_listed_latest_first(account: Account) -> None:
    first, second, third = [await proposed(account) for _ in range(3)]
    await merged(account, first)
    assert [item["id"] for item in await listed(account)] == [third, second, first]
    assert [item["id"] for item in await listed(account, "?limit=1")] == [third]
    item = (await listed(account))[-1]
    assert item == {
        "id": first,
        "status": "open",
        "category": "hardware",
        "slug": item["slug"],
        "title": LATHE,
        "revision": 2,
        "created_at": item["created_at"],
        "updated_at": item["updated_at"],
        "call_count": 2,
        "helped_count": 2,
        "open_branch_count": 2,
    }


async def test_proposals_are_listed_by_their_status(account: Account) -> None:
    still_open, published, rejected = [await proposed(account) for _ in range(3)]
    await publish(account, published)
    await reject(account, rejected)
    by_status = {"open": still_open, "published": published, "rejected": rejected}
    for status, proposal_id in by_status.items():
        assert [item["id"] for item in await listed(account, f"?status={status}")] == [proposal_id]


async def test_a_proposal_is_read_as_a_flow_file_whose_open_branches_lead_to_null(account: Account) -> None:
    proposal = await read(account, await proposed(account))
    assert proposal["flow"] == {
        "id": proposal["slug"],
        "title": proposal["title"],
        "category": proposal["category"],
        "description": proposal["description"],
        "keywords": proposal["keywords"],
        "start": "n1",
        "nodes": {
            "n1": {"kind": "question", "text": "Is the lamp of the lathe lit?", "answers": {"Yes": None, "No": "n2"}},
            "n2": {
                "kind": "instruction",
                "text": "Press the fuse in.",
                "answers": {"It turns": "n3", "No change": None},
            },
            "n3": {"kind": "resolution", "text": "The fuse was out."},
        },
    }
    assert proposal["open_branches"] == [{"node_id": "n1", "answer": "Yes"}, {"node_id": "n2", "answer": "No change"}]
    assert (proposal["status"], proposal["flow_id"], proposal["reject_reason"]) == ("open", None, None)


async def test_a_proposal_tells_of_the_calls_behind_it_and_how_often_each_node_helped(account: Account) -> None:
    proposal_id = await proposed(account)
    helped = await merged(account, proposal_id, statement="Our lathe stands still", customer_name="Ada Byron")
    failed = await merged(account, proposal_id, BY_THE_FUSE[:1], ending=Escalate("onsite_needed"))
    proposal = await read(account, proposal_id)
    assert proposal["nodes"] == {
        "n1": {"walked": 3, "helped": 2},
        "n2": {"walked": 1, "helped": 1},
        "n3": {"walked": 1, "helped": 1},
        "n4": {"walked": 1, "helped": 1},
        "n5": {"walked": 1, "helped": 1},
    }
    latest, second, first = proposal["calls"]
    technician = {"id": str(account.users[Role.L1]), "name": "Test l1"}
    assert second == {
        "session_id": str(helped.session_id),
        "ticket_id": str(helped.ticket.id),
        "problem_statement": "Our lathe stands still",
        "owner": technician,
        "status": "resolved",
        "resolution_notes": "Turns again.",
        "at": second["at"],
        "helped": True,
        "joined": True,
        "path": ["n1", "n4", "n5"],
    }
    assert (latest["session_id"], latest["status"], latest["helped"], latest["joined"], latest["path"]) == (
        str(failed.session_id),
        "escalated",
        False,
        False,
        ["n1"],
    )
    assert first["problem_statement"] == LATHE
    assert "Ada Byron" not in str(proposal)


# --- editing --------------------------------------------------------------------------------------------------------


async def test_an_edited_proposal_is_what_the_engineer_has_made_of_it(account: Account) -> None:
    proposal_id = await proposed(account)
    response = await edit(account, proposal_id)
    assert response.status_code == 200, response.text
    edited = response.json()
    assert edited == await read(account, proposal_id)
    assert edited["flow"] == LATHE_FILE
    assert (edited["slug"], edited["title"], edited["keywords"]) == (LATHE_FILE["id"], LATHE_FILE["title"], ["lathe"])
    assert edited["open_branches"] == [{"node_id": "n1", "answer": "Yes"}]
    assert (edited["revision"], edited["edited_by"]) == (2, str(account.users[Role.ENGINEER]))
    assert edited["edited_at"] is not None
    assert edited["nodes"]["n2"] == {"walked": 1, "helped": 1}
    assert edited["nodes"]["up"] == {"walked": 0, "helped": 0}
    assert response.headers["etag"] == '"2"'


async def test_calls_go_on_growing_an_edited_proposal(account: Account) -> None:
    proposal_id = await proposed(account)
    await edit(account, proposal_id)
    await merged(account, proposal_id)
    grown = await read(account, proposal_id)
    assert grown["revision"] == 3
    assert grown["open_branches"] == [{"node_id": grown["calls"][0]["path"][1], "answer": "Yes"}]
    assert grown["flow"]["nodes"].items() > {name: LATHE_FILE["nodes"][name] for name in ("n2", "n3", "up")}.items()


async def test_an_edit_of_what_has_changed_meanwhile_is_refused(account: Account) -> None:
    proposal_id = await proposed(account)
    seen = (await account.request("GET", f"/proposals/{proposal_id}", role=Role.ENGINEER)).headers["etag"]
    assert seen == '"1"'
    await merged(account, proposal_id)
    before = await read(account, proposal_id)
    problem = assert_problem(await edit(account, proposal_id, If_Match=seen), 412, "revision_mismatch")
    assert problem["revision"] == 2
    assert await read(account, proposal_id) == before
    assert (await edit(account, proposal_id, If_Match='"2"')).status_code == 200


@pytest.mark.parametrize(("decision", "body"), [("publish", None), ("reject", {"reason": "Too rare."})])
async def test_a_decision_on_what_has_grown_meanwhile_is_refused(decision: str, body: object, account: Account) -> None:
    proposal_id = await proposed(account)
    await merged(account, proposal_id)
    path = f"/proposals/{proposal_id}/{decision}"
    early = await account.request("POST", path, body, role=Role.ENGINEER, If_Match='"1"')
    assert assert_problem(early, 412, "revision_mismatch")["revision"] == 2
    assert (await read(account, proposal_id))["status"] == "open"
    for _ in range(2):  # and what is decided stays decided when the same is sent again
        decided = await account.request("POST", path, body, role=Role.ENGINEER, If_Match='"2"')
        assert decided.status_code == 200


async def test_of_two_engineers_who_edit_the_same_at_once_one_is_refused(account: Account) -> None:
    proposal_id = await proposed(account)
    answers = await asyncio.gather(*(edit(account, proposal_id, If_Match='"1"') for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_a_faulty_edit_is_told_every_fault_with_its_place_and_changes_nothing(account: Account) -> None:
    proposal_id = await proposed(account)
    before = await read(account, proposal_id)
    nodes = LATHE_FILE["nodes"] | {"n9": {"kind": "resolution", "text": "Done."}, "n3": {"kind": "resolution"}}
    response = await edit(account, proposal_id, LATHE_FILE | {"id": "No Slug", "nodes": nodes})
    problem = assert_problem(response, 422, "invalid_flow")
    assert {fault["field"] for fault in problem["errors"]} == {"id", "nodes.n3.text", "nodes.n9"}
    assert await read(account, proposal_id) == before


# --- deciding -------------------------------------------------------------------------------------------------------


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


async def test_an_edited_proposal_is_published_as_the_next_version_of_the_flow_of_its_slug(account: Account) -> None:
    flow_id = await account.publish(KEYBOARD | {"id": LATHE_FILE["id"]})
    proposal_id = await proposed(account)
    await edit(account, proposal_id)
    published = await publish(account, proposal_id)
    assert (published["flow_id"], published["flow_version"]) == (flow_id, 2)
    assert (await account.get(f"/flows/{flow_id}"))["title"] == LATHE_FILE["title"]


async def test_matching_learns_the_words_of_the_callers_whom_a_published_proposal_has_helped(account: Account) -> None:
    proposal_id = await proposed(account)
    await merged(account, proposal_id, statement="Our lathe stands still")
    await merged(account, proposal_id, statement="No movement", ending=Resolve(helpful=False))
    flow_id = (await publish(account, proposal_id))["flow_id"]
    exemplars = await account.get(f"/flows/{flow_id}/exemplars", role=Role.ENGINEER)
    assert {exemplar["statement"] for exemplar in exemplars} == {LATHE, "Our lathe stands still"}
    assert all(exemplar["confirms"] for exemplar in exemplars)


async def test_two_engineers_who_publish_at_once_publish_one_version(account: Account) -> None:
    proposal_id = await proposed(account)
    answers = await asyncio.gather(*(publish(account, proposal_id) for _ in range(5)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["flow_version"] == 1


async def test_a_rejected_proposal_keeps_who_rejected_it_and_why(account: Account) -> None:
    proposal_id = await proposed(account)
    rejected = await reject(account, proposal_id, "The flow for motors covers it.")
    assert (rejected["status"], rejected["reject_reason"]) == ("rejected", "The flow for motors covers it.")
    assert rejected["decided_by"] == str(account.users[Role.ENGINEER])
    assert (rejected["flow_id"], rejected["flow_version"]) == (None, None)
    assert [item for item in await account.get("/flows") if not item["shared"]] == []
    detail = await read(account, proposal_id)
    assert {name: detail[name] for name in rejected} == rejected


async def test_a_rejection_needs_a_reason(account: Account) -> None:
    path = f"/proposals/{await proposed(account)}/reject"
    for body in (None, {}, {"reason": " "}, {"reason": None}):
        response = await account.request("POST", path, body, role=Role.ENGINEER)
        assert_problem(response, 422, "invalid_request")
    assert len(await listed(account)) == 1


@pytest.mark.parametrize("decision", ["publish", "reject"])
async def test_what_is_decided_is_not_decided_otherwise(account: Account, decision: str) -> None:
    proposal_id = await proposed(account)
    decided = await (publish if decision == "publish" else reject)(account, proposal_id)
    other, body = ("reject", {"reason": "No."}) if decision == "publish" else ("publish", None)
    path = f"/proposals/{proposal_id}/{other}"
    for response in (
        await account.request("POST", path, body, role=Role.ENGINEER),
        await edit(account, proposal_id),
    ):
        problem = assert_problem(response, 409, "proposal_decided")
        assert problem["proposal_status"] == decided["status"]
    assert (await read(account, proposal_id))["revision"] == decided["revision"]


async def test_of_publishing_and_rejecting_at_once_one_counts(account: Account) -> None:
    proposal_id = await proposed(account)
    path = f"/proposals/{proposal_id}"
    answers = await asyncio.gather(
        account.request("POST", f"{path}/publish", role=Role.ENGINEER),
        account.request("POST", f"{path}/reject", {"reason": "No."}, role=Role.ENGINEER),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [counted] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await read(account, proposal_id))["status"] == counted["status"]


async def test_a_proposal_that_does_not_exist_is_not_found(account: Account) -> None:
    assert_problem(await edit(account, str(uuid4())), 404, "not_found")


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
