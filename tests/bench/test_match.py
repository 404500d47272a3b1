"""Matching is measured on real servers: with a few flows and calls, the figures have the shape of the full ones."""

import asyncio
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import match
from bench.made_flows import MOST, callers_words, made_flows
from bench.output import Result, write
from l1.domain.flow_file import check_flow, flow_to_raw
from l1.library import starter_flows

FLOWS, CALLS = 4, 12


@pytest.fixture(scope="module")
def result(servers: None) -> Result:  # noqa: ARG001 - for its marker
    return asyncio.run(match.measure(flows=FLOWS, calls=CALLS, starts=1))


def numbers(figures: Any) -> list[float]:
    if isinstance(figures, dict):
        return [number for part in figures.values() for number in numbers(part)]
    if isinstance(figures, list):
        return [number for part in figures for number in numbers(part)]
    return [figures]


@pytest.mark.usefixtures("slow")
def test_made_flows_are_all_different_and_without_faults() -> None:
    flows = made_flows(MOST)
    assert MOST == 2000
    assert len({flow.slug for flow in flows}) == len({flow.title for flow in flows}) == MOST
    assert {len(flow.tree.nodes) for flow in flows} == {8}
    assert [fault for flow in flows for fault in check_flow(flow_to_raw(flow))] == []
    assert not {flow.slug for flow in flows} & {flow.slug for flow in starter_flows()}


def test_the_same_flows_and_statements_are_made_each_time() -> None:
    assert made_flows(20) == made_flows(20)
    assert callers_words(20) == callers_words(20)
    assert len(set(callers_words(200))) == 200


def test_every_figure_is_a_finite_number_that_is_no_less_than_nothing(result: Result) -> None:
    assert all(math.isfinite(number) and number >= 0 for number in numbers(result.figures))
    assert result.faults == ()


def test_each_call_is_measured_beside_its_floor(result: Result) -> None:
    alone, embedding = result.figures["alone"], result.figures["embedding"]
    assert alone["match_ms"]["count"] == alone["embed_ms"]["count"] == CALLS
    assert alone["match_to_embed"] > 0
    assert embedding["match_idle_ms"]["count"] == CALLS
    assert set(alone["match_ms"]) == {"count", "p50", "p95", "p99"}


def test_a_worker_starts_as_often_with_the_flows_as_without(result: Result) -> None:
    for part in ("starter", "many"):
        start = result.figures[part]["start"]
        assert len(start["first_poll_seconds"]) == len(start["first_answer_seconds"]) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_worker_that_embeds_weighs_more_than_one_that_does_not(result: Result) -> None:
    floor = result.figures["starter"]["memory_mb"]
    assert 0 < floor["temporalio"] < floor["words_only"] < result.figures["many"]["memory_mb"]


def test_throughput_is_a_ratio_to_one_process_and_one_worker(result: Result) -> None:
    processes, workers = result.figures["alone"]["per_second"], result.figures["many"]["per_second"]
    assert set(processes) == {"one_process", "two_processes", "ratio"}
    assert set(workers) == {"one_worker", "two_workers", "ratio"}


def test_the_figures_are_shown_and_written_like_those_of_the_other_parts(result: Result, tmp_path: Path) -> None:
    assert result.rows[0].what == f"match on one core, {FLOWS} flows, p50 / p95"
    assert all(row.value and row.against for row in result.rows)
    write(result, tmp_path / "match.json")
    written = json.loads((tmp_path / "match.json").read_text(encoding="utf-8"))
    assert written["benchmark"] == "match"
    assert written["flows"] == FLOWS
    assert set(written) > {"starter", "embedding", "many", "alone", "machine"}


def run_python(script: str, env: dict[str, str]) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own


@pytest.mark.usefixtures("slow")
def test_a_worker_computes_in_one_thread_unless_somebody_says_otherwise() -> None:
    script = (
        "import os; from l1.cli.threads import compute_in_one_thread; compute_in_one_thread();"
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    clean = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    assert run_python(script, clean).strip() == "1"
    assert run_python(script, clean | {"OPENBLAS_NUM_THREADS": "3"}).strip() == "3"


@pytest.mark.usefixtures("slow")
def test_numpy_is_not_imported_before_a_worker_has_set_its_threads() -> None:
    script = "import l1.cli.main, l1.cli.threads, sys; print('numpy' in sys.modules)"
    assert run_python(script, dict(os.environ)).strip() == "False"
