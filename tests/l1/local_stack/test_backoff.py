from l1.local_stack.backoff import next_delay


def delays(lives: list[float]) -> list[float]:
    delay: float | None = None
    seen = []
    for ran_for in lives:
        delay = next_delay(delay, ran_for=ran_for)
        seen.append(delay)
    return seen


def test_the_first_restart_comes_at_once() -> None:
    assert delays([0.0]) == [0.2]


def test_a_part_that_keeps_dying_waits_twice_as_long_up_to_a_limit() -> None:
    assert delays([1.0] * 9) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]


def test_a_healthy_half_minute_is_forgiveness() -> None:
    assert delays([1.0, 1.0, 29.9, 30.0, 1.0]) == [0.2, 0.4, 0.8, 0.2, 0.4]
