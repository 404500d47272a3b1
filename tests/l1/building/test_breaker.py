from collections.abc import Sequence

import pytest

from l1.building.breaker import FAILURES, Breaker, Patient
from l1.domain.building import Brief, FellBack, ModelAnswer, Usage
from tests.l1.building.briefs import BRIEF

PAUSE = 30.0


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


class Model:
    """Fails as it is told; counts how often it is asked."""

    name = "openai:scripted"

    def __init__(self) -> None:
        self.failure: FellBack | None = FellBack.OUTAGE
        self.asked = 0
        self.is_closed = False

    def most_tokens(self, _brief: Brief, _faults: Sequence[str]) -> int:
        return 2

    async def propose(self, _brief: Brief, _faults: Sequence[str], _within: float) -> ModelAnswer:
        self.asked += 1
        return ModelAnswer(None, self.failure, Usage(1, 1))

    async def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def patient(model: Model, clock: Clock) -> Patient:
    return Patient(model, Breaker(PAUSE, clock))


async def ask(patient: Patient, times: int = 1) -> ModelAnswer:
    for _ in range(times):
        answer = await patient.propose(BRIEF, [], 1)
    return answer


@pytest.mark.parametrize("failure", [FellBack.OUTAGE, FellBack.RATE_LIMIT, FellBack.TIME_LIMIT])
async def test_a_model_that_fails_in_a_row_is_left_alone(failure: FellBack, model: Model, patient: Patient) -> None:
    model.failure = failure
    await ask(patient, FAILURES)
    assert await ask(patient, 10) == ModelAnswer(None, failure, Usage())
    assert model.asked == FAILURES


@pytest.mark.parametrize("failure", [None, FellBack.NONSENSE, FellBack.REFUSAL])
async def test_an_answer_of_whatever_kind_shows_that_the_provider_is_there(
    failure: FellBack | None, model: Model, patient: Patient
) -> None:
    await ask(patient, FAILURES - 1)
    model.failure = failure
    await ask(patient)
    model.failure = FellBack.OUTAGE
    await ask(patient, FAILURES)
    assert model.asked == 2 * FAILURES


async def test_after_the_pause_one_caller_tries_it(model: Model, patient: Patient, clock: Clock) -> None:
    await ask(patient, FAILURES)
    clock.seconds += PAUSE - 0.1
    await ask(patient)
    assert model.asked == FAILURES
    clock.seconds += 0.1
    await ask(patient, 5)
    assert model.asked == FAILURES + 1


async def test_a_model_that_is_back_is_asked_by_all(model: Model, patient: Patient, clock: Clock) -> None:
    await ask(patient, FAILURES)
    clock.seconds += PAUSE
    model.failure = None
    await ask(patient, 5)
    assert model.asked == FAILURES + 5


def test_a_trial_that_is_never_heard_of_again_is_followed_by_another(clock: Clock) -> None:
    breaker = Breaker(PAUSE, clock)
    for _ in range(FAILURES):
        breaker.heard(FellBack.TIME_LIMIT)
    clock.seconds += PAUSE
    assert breaker.turned_away() is None
    assert breaker.turned_away() is FellBack.TIME_LIMIT
    clock.seconds += PAUSE
    assert breaker.turned_away() is None


async def test_it_has_the_models_name_and_closes_it(model: Model, patient: Patient) -> None:
    await patient.close()
    assert patient.name == model.name
    assert model.is_closed
