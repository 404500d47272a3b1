"""Building is measured on real servers: with a hasty model, the figures have the shape of the full ones."""

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import pytest

from bench import building
from bench.output import Result, write
from bench.scripted_model import QUESTIONS

WALKS, STEPS = 2, 2


@pytest.fixture(scope="module")
def result(servers: None) -> Result:  # noqa: ARG001 - for its marker
    return asyncio.run(building.measure(walks=WALKS, steps=STEPS, seconds=0.05))


def numbers(figures: Any) -> list[float]:
    return [number for part in figures.values() for number in numbers(part)] if isinstance(figures, dict) else [figures]


def test_every_node_was_built_in_the_way_that_was_measured(result: Result) -> None:
    assert result.faults == []


def test_each_kind_of_step_is_measured_as_often_as_the_floor(result: Result) -> None:
    for kind in ("step_ms", "built_ahead_ms", "built_when_asked_ms"):
        assert result.figures[kind]["count"] == WALKS * STEPS
        assert set(result.figures[kind]) == {"count", "p50", "p95", "p99"}


def test_every_figure_is_a_finite_number_above_nothing(result: Result) -> None:
    assert all(math.isfinite(number) and number > 0 for number in numbers(result.figures))


def test_building_ahead_pays_for_both_answers_and_building_on_demand_for_none_too_many(result: Result) -> None:
    shown = WALKS * (1 + STEPS)
    assert result.figures["calls_per_node"]["ahead"] == round((shown * 2 + WALKS) / shown, 2)
    assert result.figures["calls_per_node"]["when_asked"] == 1


def test_the_scripted_model_has_a_question_for_every_node_of_a_walk_and_of_its_children() -> None:
    assert len(set(QUESTIONS)) == len(QUESTIONS) >= building.DEFAULT_STEPS + 2


def test_the_figures_are_shown_and_written_like_those_of_the_other_parts(result: Result, tmp_path: Path) -> None:
    assert result.rows[0].what == "step of a published flow, p50 / p95 / p99"
    assert all(row.value and row.against for row in result.rows)
    write(result, tmp_path / "building.json")
    written = json.loads((tmp_path / "building.json").read_text(encoding="utf-8"))
    assert written["benchmark"] == "building"
    assert {"built_ahead_to_step", "built_when_asked_to_step", "machine"} < set(written)
