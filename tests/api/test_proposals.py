"""What engineers do with trees that have helped."""

import asyncio
from uuid import uuid4

import pytest

from l1.domain.commands import Escalate, Resolve
from l1.domain.roles import Role
from tests.accounts import KEYBOARD, Account
from tests.api.proposals import BY_THE_FUSE, LATHE, LATHE_FILE, edit, listed, merged, proposed, publish, read, reject
from tests.api.test_errors import assert_problem

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
