"""A burst of one account's calls is spread over time."""

from uuid import uuid4

from api.pacing import AT_ONCE, PER_SECOND, Pacing

FLOOD, QUIET = uuid4(), uuid4()


def test_calls_beyond_a_burst_begin_one_after_the_other_and_keep_nobody_else_waiting() -> None:
    pacing = Pacing(lambda: 100.0)
    delays = [pacing.delay(FLOOD).total_seconds() for _ in range(AT_ONCE + 3)]
    assert delays[:AT_ONCE] == [0.0] * AT_ONCE
    assert delays[AT_ONCE:] == [round(number / PER_SECOND, 6) for number in (1, 2, 3)]
    assert pacing.delay(QUIET).total_seconds() == 0


def test_an_account_that_has_waited_begins_at_once_again() -> None:
    now = 100.0
    pacing = Pacing(lambda: now)
    for _ in range(AT_ONCE):
        pacing.delay(FLOOD)
    assert pacing.delay(FLOOD).total_seconds() > 0
    now += (AT_ONCE + 1) / PER_SECOND
    assert [pacing.delay(FLOOD).total_seconds() for _ in range(AT_ONCE)] == [0.0] * AT_ONCE
