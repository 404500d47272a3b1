from uuid import uuid4

from l1.domain.commands import NoteText, TakeNotes
from l1.domain.events import Event
from l1.domain.receipts import Receipt, ReceiptStatus
from l1.domain.walk import apply
from tests.l1.domain.walks import command, flow_walk
from workflows.outbox import Outbox

WALK = flow_walk()


def event() -> Event:
    return apply(WALK, command(TakeNotes((NoteText("a"),))))[1]


def receipt() -> Receipt:
    return Receipt(uuid4(), "note", ReceiptStatus.APPLIED)


def test_what_is_recorded_is_dropped_and_what_came_meanwhile_stays() -> None:
    box = Outbox()
    box.add(event())
    box.settle([receipt()])
    record = box.next_record(WALK.account_id, WALK.session_id, WALK)
    late = event()
    box.add(late)
    box.recorded(record)
    assert not box.is_empty
    assert box.next_record(WALK.account_id, WALK.session_id, WALK).events == (late,)
    assert box.next_record(WALK.account_id, WALK.session_id, WALK).first_position == 2


def test_after_a_long_wait_it_is_recorded_in_portions_and_receipts_come_last() -> None:
    box = Outbox()
    events = [event() for _ in range(120)]
    for one in events:
        box.add(one)
    box.settle([receipt()])
    sizes = []
    while not box.is_empty:
        record = box.next_record(WALK.account_id, WALK.session_id, WALK)
        sizes.append((len(record.events), len(record.receipts)))
        box.recorded(record)
    assert sizes == [(50, 0), (50, 0), (20, 1)]
    assert box.position == 120
