"""L1Deliver: what it delivers, in which order, and what becomes of what does not arrive."""

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities import recording
from activities.messages import FindOverdueDeliveries
from activities.reconciling import ReconcileActivities
from l1.database.records import Records
from l1.domain.delivery import DeliveryStatus, TargetKind
from l1.domain.naming import deliver_workflow_id
from l1.sealing import KeyRing
from l1.temporal.delivering import start_delivering
from tests.receivers import answer, hang, mail_server, receiver, take
from tests.waiting import eventually
from tests.workflows.lab import Lab, LabCall, count_events

ESCALATE = {"reason_category": "needs_engineer"}


async def escalated(lab: Lab) -> LabCall:
    call = await lab.take_call()
    await call.opened()
    await call.handle.signal("escalate", ESCALATE)
    await call.at_revision(2)
    return call


def delivering(call: LabCall) -> WorkflowHandle[object, object]:
    return call.lab.client.get_workflow_handle(deliver_workflow_id(call.session_id))


async def test_a_mail_server_that_is_away_and_then_busy_gets_the_mail_in_the_end(lab: Lab) -> None:
    async with mail_server() as server:
        port = server.port
    await lab.add_target(TargetKind.EMAIL, "ada@example.com", "kim@example.com")
    async with lab.build_worker(), lab.build_delivery_worker(mail_at=port):
        call = await escalated(lab)

        async def missed() -> bool:
            [row] = await lab.delivered(status=DeliveryStatus.PENDING)
            return row.fault is not None

        await eventually(missed)
        async with mail_server(port) as server:
            tries: list[str] = []

            def busy_at_first(address: str) -> str | None:
                tries.append(address)
                return "451 busy" if len(tries) <= 2 else None

            server.refuse = busy_at_first
            [delivery] = await lab.delivered()
            await delivering(call).result()
    [mail] = server.mails
    assert mail["Message-ID"] == f"<{delivery.id}@example.com>"
    assert server.recipients == [["ada@example.com", "kim@example.com"]]


async def test_slack_and_teams_are_told_in_their_own_forms(lab: Lab) -> None:
    async with receiver() as slack, receiver() as teams:
        await lab.add_target(TargetKind.SLACK, slack.url)
        await lab.add_target(TargetKind.TEAMS, teams.url)
        async with lab.build_worker(), lab.build_delivery_worker():
            await escalated(lab)
            await lab.delivered(number=2)
    assert b"needs an engineer" in slack.posts[0].body
    assert b"AdaptiveCard" in teams.posts[0].body


async def test_a_delivery_fails_after_its_time_and_can_be_tried_again_by_hand(lab: Lab) -> None:
    async with receiver(answer(500)) as hook:
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        async with lab.build_worker(), lab.build_delivery_worker(give_up_after=0.5):
            call = await escalated(lab)
            [failed] = await lab.delivered(status=DeliveryStatus.FAILED)
            assert (failed.attempts, failed.fault) == (2, "the receiver answered 500")
            await delivering(call).result()
            hook.behave = take
            await lab.deliveries.retry(lab.account_id, failed.id)
            await start_delivering(lab.client, lab.account_id, call.session_id)
            [delivered] = await lab.delivered()
    assert delivered.id == failed.id
    assert {post.headers["webhook-id"] for post in hook.posts} == {str(failed.id)}


async def test_a_receiver_that_hangs_is_cut_off_and_tried_again(lab: Lab) -> None:
    async with receiver(hang) as hook:
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        async with lab.build_worker(), lab.build_delivery_worker(limit=0.3):
            await escalated(lab)

            async def tried() -> bool:
                return len(hook.posts) >= 2

            await eventually(tried)
            hook.behave = take
            [delivered] = await lab.delivered()
    assert delivered.attempts >= 3


async def test_what_nobody_tries_is_found_and_delivered(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when Temporal did not take the start of the deliveries, or somebody has terminated them."""

    async def lost(*_arguments: object) -> bool:
        return False

    monkeypatch.setattr(recording, "start_delivering", lost)
    records = Records(lab.database)
    reconciling = ReconcileActivities(records, lab.client)
    async with receiver() as hook:
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        async with lab.build_worker(), lab.build_delivery_worker():
            call = await escalated(lab)
            calls = [found.session_id for found in await records.overdue_deliveries(60, 60)]
            assert call.session_id not in calls
            await ActivityEnvironment().run(reconciling.start_overdue_deliveries, FindOverdueDeliveries(0, 3600))
            await lab.delivered()
            calls = [found.session_id for found in await records.overdue_deliveries(0, 0)]
            assert call.session_id not in calls


async def test_what_is_recorded_again_is_delivered_once(lab: Lab) -> None:
    async with receiver() as hook:
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        async with lab.build_worker(), lab.build_delivery_worker():
            call = await escalated(lab)
            await lab.delivered()
            await delivering(call).result()
            await start_delivering(lab.client, lab.account_id, call.session_id)
            await delivering(call).result()
            assert len(hook.posts) == 1


async def test_a_target_whose_key_is_gone_is_tried_again_once_the_key_is_back(lab: Lab) -> None:
    keys = lab.settings.keys()
    async with receiver() as hook:
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        async with lab.build_worker():
            await escalated(lab)
            [pending] = await lab.delivered(status=DeliveryStatus.PENDING)
            lab_keys = KeyRing({"another": bytes(32)})
            with pytest.raises(Exception, match=next(iter(keys))):
                await type(lab.deliveries)(lab.database, lab_keys).begin(lab.account_id, pending.id)
            async with lab.build_delivery_worker():
                [delivered] = await lab.delivered()
    assert delivered.attempts == 2


async def test_a_walk_has_the_same_events_with_a_target_and_without(lab: Lab) -> None:
    async with receiver() as hook, lab.build_worker(), lab.build_delivery_worker():
        without = await escalated(lab)
        await lab.add_target(TargetKind.WEBHOOK, hook.url)
        notified = await escalated(lab)
        await lab.delivered()
        await without.handle.result()
        await notified.handle.result()
        assert await count_events(without.handle) == await count_events(notified.handle)
