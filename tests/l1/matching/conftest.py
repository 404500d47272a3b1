import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from l1.library import matching_parameters, starter_flows
from l1.matching.embedder import Vectors
from l1.matching.minilm import MiniLM
from l1.matching.parameters import Parameters, read_parameters
from l1.matching.shelf import FlowText
from l1.matching.study.sets import flow_text


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def shipped() -> Parameters:
    return read_parameters(matching_parameters())


@pytest.fixture(scope="session")
def starter_vectors(minilm: MiniLM) -> dict[str, Vectors]:
    """The vectors of the starter flows by slug: the dearest thing in this folder, so made once and on every core."""

    def made(text: FlowText) -> Vectors:
        return text.pool(minilm.embed(text.passages))

    flows = starter_flows()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return dict(zip((flow.slug for flow in flows), threads.map(made, map(flow_text, flows)), strict=True))
