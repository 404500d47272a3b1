"""A real language model, on this machine."""

import pytest

from l1.building.model import RemoteModel
from tests.l1.building.briefs import BRIEF
from tests.models.local import MODEL, local_model


@pytest.mark.usefixtures("servers")
async def test_a_real_model_gives_a_node_in_the_schema() -> None:
    async with local_model() as base_url:
        model = RemoteModel(f"openai:{MODEL}", base_url, None)
        answer = await model.propose(BRIEF, [], within=100)
        estimated = model.most_tokens(BRIEF, [])
        await model.close()
    assert answer.failure is None
    assert answer.proposed is not None
    assert 10 <= len(answer.proposed.text) <= 300
    assert len(answer.proposed.answers) <= 6
    assert answer.usage is not None
    assert answer.usage.input_tokens > 100
    assert answer.usage.output_tokens > 10
    assert answer.usage.tokens < estimated
    assert answer.usage.cost_usd is None
