from pathlib import Path

import numpy as np
import pytest

from l1.library import matching_parameters, starter_flows
from l1.matching.minilm import MiniLM
from l1.matching.ready_made import digest_of, read_ready_made, write_ready_made
from l1.matching.shelf import FlowText
from l1.matching.study.sets import flow_text

TEXT = FlowText("A title", "A description.", ("word",), ("A step.",))
TEXTS = [flow_text(flow) for flow in starter_flows()]


def test_every_starter_flow_comes_with_its_vectors() -> None:
    found = read_ready_made(matching_parameters(), MiniLM().name)
    missing = [text.title for text in TEXTS if digest_of(text) not in found]
    assert not missing, "make them anew: l1 match vectors"


@pytest.mark.usefixtures("slow")
def test_they_are_those_that_the_embedder_makes() -> None:
    model = MiniLM()
    found = read_ready_made(matching_parameters(), model.name)
    for text in TEXTS[::13]:
        made = text.pool(model.embed(text.passages))
        assert np.sum(found[digest_of(text)] * made, axis=1) == pytest.approx(1.0, abs=0.01)


def test_what_is_written_is_read_again_for_the_same_embedder_only(tmp_path: Path) -> None:
    vectors = np.eye(3, 4, dtype=np.float32)
    write_ready_made(tmp_path, "one", [(TEXT, vectors)])
    assert np.array_equal(read_ready_made(tmp_path, "one")[digest_of(TEXT)], vectors)
    assert read_ready_made(tmp_path, "another") == {}
    assert read_ready_made(tmp_path, None) == {}


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_ready_made(tmp_path, "one") == {}


def test_a_flow_that_was_changed_finds_none() -> None:
    assert digest_of(TEXT) != digest_of(FlowText("A title", "A description.", ("word",), ("Another step.",)))
