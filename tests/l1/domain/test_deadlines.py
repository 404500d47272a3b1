import pytest

from l1.domain.deadlines import INTAKE, IntakeDeadlines


def test_an_attempt_at_an_intake_outlasts_all_that_it_waits_for() -> None:
    assert INTAKE.turn + INTAKE.embedding + INTAKE.comparing < INTAKE.attempt
    assert min(INTAKE.turn, INTAKE.embedding, INTAKE.comparing) > 0


def test_deadlines_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="longer than"):
        IntakeDeadlines(turn=1.0, embedding=2.0, comparing=2.0, attempt=5.0)
