"""When a part that died is started again."""

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 10.0
HEALTHY_AFTER_SECONDS = 30.0


def next_delay(previous: float | None, *, ran_for: float) -> float:
    """Give the seconds to wait before the next start.

    `previous` is the last delay, None at the first death; `ran_for` the seconds that the part has lived since. One that
    ran long enough is forgiven; one that keeps dying waits twice as long each time, up to a limit.
    """
    if previous is None or ran_for >= HEALTHY_AFTER_SECONDS:
        return FIRST_SECONDS
    return min(previous * 2, LONGEST_SECONDS)
