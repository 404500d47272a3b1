"""The least that any step of this design costs: the floor that `bench/steps.py` holds the product against."""

from datetime import timedelta

from temporalio import workflow

COMMIT = "bench_commit"


@workflow.defn(name="BenchBareWalk")
class BareWalk:
    """A signal, one local activity for what has come, nothing else: no rules, no state, no encryption."""

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._finished = False

    @workflow.run
    async def run(self) -> None:
        while not self._finished or self._steps:
            await workflow.wait_condition(lambda: bool(self._steps) or self._finished)
            steps, self._steps = self._steps, []
            if steps:
                await workflow.execute_local_activity(COMMIT, steps, start_to_close_timeout=timedelta(seconds=30))

    @workflow.signal
    def step(self, step_id: str) -> None:
        self._steps.append(step_id)

    @workflow.signal
    def finish(self) -> None:
        self._finished = True
