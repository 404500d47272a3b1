"""What `l1 match` does: reads the sets, shows progress, prints the tables, writes plots and parameters."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from l1.library import matching_parameters, playbooks, starter_flows, statements
from l1.matching.category import CategoryModel
from l1.matching.embedder import InOneThread
from l1.matching.gate import Gate
from l1.matching.minilm import MiniLM
from l1.matching.parameters import WORDS, Parameters, read_parameters, write_categories, write_gates
from l1.matching.study import evaluate as study
from l1.matching.study import fitting, starter
from l1.matching.study.categories import fit_categories, split
from l1.matching.study.observe import Advance, Prepared, by_words
from l1.matching.study.report import Points, as_json, category_table, matching_table, plot_reliability
from l1.matching.study.sets import MatchSet, read_clinc150, read_match_set

STARTER = "starter"

_KEEP = 0.95
"""Share of the rightly recognised callers' words that the gate of the categories lets through (docs/adr/0006)."""


def evaluate(  # noqa: PLR0913 - one argument per option of the command
    name: str, folder: Path, parameters: Path | None, plot: Path, figures_file: Path | None, *, words_only: bool
) -> None:
    """Measure on a set, print the table, write the plot and, if wanted, the figures as JSON."""
    if name == "clinc150":
        figures = _evaluate_categories(folder, plot)
    else:
        fitted = read_parameters(matching_parameters() if parameters is None else parameters)
        figures = _evaluate_matching(name, folder, fitted, plot, words_only=words_only)
    if figures_file is not None:
        figures_file.parent.mkdir(parents=True, exist_ok=True)
        figures_file.write_text(json.dumps({"set": name, **figures}, indent=1) + "\n", encoding="utf-8")


def fit(folder: Path | None, out: Path | None) -> tuple[list[str], Path]:
    """Fit everything and write it; return the names of the sets and where it was written."""
    target = out or Path(str(matching_parameters()))
    sets = _fitted_on(folder)
    embedder = InOneThread(MiniLM())
    gates, curves = _fit_gates(asyncio.run(_prepare(sets, embedder)), embedder.name)
    model = _fit_categories(embedder)
    target.mkdir(parents=True, exist_ok=True)
    write_gates(target, study.sources_of(sets), gates)
    write_categories(target, model)
    plot_reliability(target / "reliability.png", "Probability of the first flow, cross-fitted by flow", curves)
    return [each.name for each in sets], target


def _fitted_on(folder: Path | None) -> list[MatchSet]:
    """The sets that the gate is fitted on, as far as they are there."""
    there = [name for name in ("stackfaq", "flodial") if folder is not None and (folder / name).is_dir()]
    return [*(read_match_set(name, folder) for name in there if folder is not None), _starter()]


def _fit_gates(prepared: Sequence[Prepared], embedder: str) -> tuple[dict[str, Gate], dict[str, Points]]:
    gates: dict[str, Gate] = {}
    curves: dict[str, Points] = {}
    with _progress() as progress:
        task = progress.add_task("fitting gates", total=2 + len(prepared))
        for label, seen in ((WORDS, [by_words(each) for each in prepared]), (embedder, prepared)):
            observations = study.observe_all(seen)
            gates[label] = fitting.fit_gate(observations)
            progress.advance(task)
        for name in observations:
            judged = fitting.cross_fitted(observations, name)
            curves[name] = (judged.probability, judged.is_right)
            progress.advance(task)
    return gates, curves


def _fit_categories(embedder: InOneThread) -> CategoryModel:
    source = starter.category_set(starter_flows(), playbooks(), statements())
    with _progress() as progress:
        task = progress.add_task("embedding statements", total=len(source.train) + len(source.tune))
        vectors = asyncio.run(study.embed_all([source], embedder, lambda done: progress.advance(task, done)))
        progress.update(task, total=len(vectors))
        task = progress.add_task("fitting categories", total=1)
        fit_part, tune_part = (study.embedded(part, vectors) for part in split(source))
        model = fit_categories(embedder.name, fit_part, tune_part, keep=_KEEP)
        progress.advance(task)
    return model


def _evaluate_matching(
    name: str, folder: Path, parameters: Parameters, plot: Path, *, words_only: bool
) -> dict[str, object]:
    source = _starter() if name == STARTER else read_match_set(name, folder)
    seen = study.seen_flows(parameters, source)
    wanted = [source]
    if seen:
        wanted += [each for each in _fitted_on(folder) if each.name != name]
    embedder = None if words_only else InOneThread(MiniLM())
    prepared = asyncio.run(_prepare(wanted, embedder))
    with _progress() as progress:
        task = progress.add_task("judging", total=len(source.cases))
        if seen:
            measured = study.evaluate_cross_fitted(prepared[0], prepared[1:], lambda done: progress.advance(task, done))
        else:
            gates = parameters.gates_for(None if embedder is None else embedder.name)
            measured = study.evaluate_as_shipped(prepared[0], gates, lambda done: progress.advance(task, done))
    Console().print(matching_table(name, measured))
    plot_reliability(plot, f"Matching on {name}", {name: (measured.result.probability, measured.result.is_right)})
    figures = as_json(measured)
    if name == STARTER and embedder is not None:
        figures |= _evaluate_starter_categories()
    return figures


def _evaluate_categories(folder: Path, plot: Path) -> dict[str, object]:
    source = read_clinc150(folder)
    embedder = InOneThread(MiniLM())
    with _progress() as progress:
        task = progress.add_task("embedding", total=len(source.train) + len(source.tune) + len(source.test))
        vectors = asyncio.run(study.embed_all([source], embedder, lambda done: progress.advance(task, done)))
        progress.update(task, completed=progress.tasks[task].total)
        fitting_task = progress.add_task("fitting, about two minutes", total=None)
        judging = progress.add_task("judging", total=len(source.test))

        def advance(done: int) -> None:
            progress.update(fitting_task, total=1, completed=1)
            progress.advance(judging, done)

        result = study.evaluate_categories(source, vectors, embedder.name, keep=study.KEEP_CLINC150, advance=advance)
    how = f"measured on its part {source.measured!r}, which nothing was fitted or tuned on"
    Console().print(category_table("clinc150", result, how))
    plot_reliability(plot, "Categories on clinc150", {"clinc150": (result.probability, result.is_right)})
    return {
        "texts": result.texts,
        "how": how,
        "in_scope_accuracy": result.in_scope_accuracy,
        "out_of_scope_recall": result.out_of_scope_recall,
        "auroc": result.auroc,
    }


def _evaluate_starter_categories() -> dict[str, object]:

    folds = [starter.category_set(starter_flows(), playbooks(), statements(), fold) for fold in range(starter.FOLDS)]
    embedder = InOneThread(MiniLM())
    with _progress() as progress:
        task = progress.add_task("embedding categories", total=None)
        vectors = asyncio.run(study.embed_all(folds, embedder, lambda done: progress.advance(task, done)))
        progress.update(task, total=len(vectors))
        task = progress.add_task("fitting and judging", total=sum(len(fold.test) for fold in folds))
        results = [
            study.evaluate_categories(
                fold, vectors, embedder.name, keep=_KEEP, advance=lambda done: progress.advance(task, done)
            )
            for fold in folds
        ]
    result = study.together(results)
    how = f"fitted anew without the texts measured on, in {starter.FOLDS} folds"
    Console().print(category_table("starter", result, how))
    return {"in_scope_accuracy": result.in_scope_accuracy, "out_of_scope_recall": result.out_of_scope_recall}


async def _prepare(sets: Sequence[MatchSet], embedder: InOneThread | None) -> list[Prepared]:

    prepared = []
    with _progress() as progress:
        for each in sets:
            task = progress.add_task(f"embedding {each.name}", total=len(each.flows) + len(each.cases))
            advance: Advance = partial(progress.advance, task)
            prepared.append(await study.prepare_set(each, embedder, advance))
    return prepared


def _starter() -> MatchSet:

    return starter.match_set(starter_flows(), statements())


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress
