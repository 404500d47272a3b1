from collections.abc import Sequence

import pytest

from l1.building.breaker import FAILURES, CircuitBreaker, GuardedModel, State
from l1.domain.building import Brief, FellBack, ModelOutcome, Usage
from tests.l1.building.briefs import BRIEF

OPEN_FOR = 30.0


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

    async def propose(self, _brief: Brief, _faults: Sequence[str], _within: float) -> ModelOutcome:
        self.asked += 1
        return ModelOutcome(None, self.failure, Usage(1, 1))

    async def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def guarded(model: Model, clock: Clock) -> GuardedModel:
    return GuardedModel(model, CircuitBreaker(OPEN_FOR, clock))


async def ask(guarded: GuardedModel, times: int = 1) -> ModelOutcome:
    for _ in range(times):
        answer = await guarded.propose(BRIEF, [], 1)
    return answer


@pytest.mark.parametrize("failure", [FellBack.OUTAGE, FellBack.RATE_LIMIT, FellBack.TIME_LIMIT])
async def test_a_model_that_fails_in_a_row_is_not_called(
    failure: FellBack, model: Model, guarded: GuardedModel
) -> None:
    model.failure = failure
    await ask(guarded, FAILURES)
    assert await ask(guarded, 10) == ModelOutcome(None, failure, Usage())
    assert model.asked == FAILURES


@pytest.mark.parametrize("failure", [None, FellBack.NONSENSE, FellBack.REFUSAL])
async def test_an_answer_of_whatever_kind_shows_that_the_provider_is_there(
    failure: FellBack | None, model: Model, guarded: GuardedModel
) -> None:
    await ask(guarded, FAILURES - 1)
    model.failure = failure
    await ask(guarded)
    model.failure = FellBack.OUTAGE
    await ask(guarded, FAILURES)
    assert model.asked == 2 * FAILURES


async def test_a_half_open_circuit_lets_one_call_through(model: Model, guarded: GuardedModel, clock: Clock) -> None:
    await ask(guarded, FAILURES)
    clock.seconds += OPEN_FOR - 0.1
    await ask(guarded)
    assert model.asked == FAILURES
    clock.seconds += 0.1
    await ask(guarded, 5)
    assert model.asked == FAILURES + 1


async def test_a_call_that_succeeds_closes_the_circuit(model: Model, guarded: GuardedModel, clock: Clock) -> None:
    await ask(guarded, FAILURES)
    clock.seconds += OPEN_FOR
    model.failure = None
    await ask(guarded, 5)
    assert model.asked == FAILURES + 5


def test_a_circuit_is_closed_then_open_then_half_open(clock: Clock) -> None:
    breaker = CircuitBreaker(OPEN_FOR, clock)
    states = [breaker.state]
    for _ in range(FAILURES):
        breaker.record(FellBack.OUTAGE)
        states.append(breaker.state)
    clock.seconds += OPEN_FOR
    assert [*states, breaker.state] == [*[State.CLOSED] * FAILURES, State.OPEN, State.HALF_OPEN]


def test_a_trial_without_an_answer_is_followed_by_another(clock: Clock) -> None:
    breaker = CircuitBreaker(OPEN_FOR, clock)
    for _ in range(FAILURES):
        breaker.record(FellBack.TIME_LIMIT)
    clock.seconds += OPEN_FOR
    assert breaker.refusal() is None
    assert breaker.refusal() is FellBack.TIME_LIMIT
    clock.seconds += OPEN_FOR
    assert breaker.refusal() is None


async def test_it_has_the_models_name_and_closes_it(model: Model, guarded: GuardedModel) -> None:
    await guarded.close()
    assert guarded.name == model.name
    assert model.is_closed
