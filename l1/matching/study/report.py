"""Shows results: a table for the screen, a reliability plot for a file."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from rich.table import Table

from l1.domain.intake import Band
from l1.matching.study.evaluate import Measured
from l1.matching.study.measure import CategoryResult

_BINS = 10

Points = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Probabilities, and whether each was right."""


def matching_table(name: str, measured: Measured) -> Table:
    result = measured.result
    table = Table(title=f"Matching on {name}: {result.texts} texts", caption=measured.how, title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("what it says")
    table.add_row("hit@1", f"{result.hit_at_1:.4f}", "the right flow is first")
    table.add_row("hit@3", f"{result.hit_at_3:.4f}", "the right flow is among the first three")
    table.add_row("MRR", f"{result.mrr:.4f}", "mean of 1 / rank of the right flow")
    told = {
        Band.MATCHED: ("automatic", "started by itself", "the right flow was started"),
        Band.SUGGEST: ("suggested", "up to three shown", "the right flow is shown"),
        Band.NONE: ("none", "nothing shown", ""),
    }
    for band, (word, share, precision) in told.items():
        table.add_row(f"{word}: share", _percent(result.bands[band].share), share)
        if precision:
            table.add_row(f"{word}: right", _percent(result.bands[band].right), f"of these, {precision}")
    table.add_row("false automatics", _percent(result.false_automatic), "with the right flow absent, another started")
    table.add_row("false suggestions", _percent(result.false_suggestion), "with the right flow absent, others shown")
    table.add_row("AUROC", f"{result.auroc:.4f}", "the first flow's probability tells right from wrong")
    return table


def category_table(name: str, result: CategoryResult, how: str) -> Table:
    table = Table(title=f"Categories on {name}: {result.texts} texts", caption=how, title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("what it says")
    table.add_row("in-scope accuracy", _percent(result.in_scope_accuracy), "own category; a refusal counts as wrong")
    table.add_row("out-of-scope recall", _percent(result.out_of_scope_recall), "recognised as unknown")
    table.add_row("AUROC", f"{result.auroc:.4f}", "the probability tells in scope from out of scope")
    return table


def as_json(measured: Measured) -> dict[str, object]:
    result = measured.result
    return {
        "texts": result.texts,
        "how": measured.how,
        "hit@1": result.hit_at_1,
        "hit@3": result.hit_at_3,
        "mrr": result.mrr,
        "bands": {band.value: {"share": share.share, "right": share.right} for band, share in result.bands.items()},
        "false_automatic": result.false_automatic,
        "false_suggestion": result.false_suggestion,
        "auroc": result.auroc,
    }


def plot_reliability(path: Path, title: str, curves: Mapping[str, Points]) -> None:
    """Draw how often flows of each probability were right; on the diagonal a score means what it says."""
    mpl.use("Agg")
    figure = Figure(figsize=(6, 6.6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    above.plot((0, 1), (0, 1), color="0.7", linestyle="--", label="as it should be")
    for name, (probability, is_right) in curves.items():
        bins = np.minimum((probability * _BINS).astype(int), _BINS - 1)
        filled = [number for number in range(_BINS) if (bins == number).any()]
        said = [float(probability[bins == number].mean()) for number in filled]
        came = [float(is_right[bins == number].mean()) for number in filled]
        above.plot(said, came, marker="o", label=f"{name} (n = {len(probability)})")
        below.hist(probability, bins=_BINS, range=(0, 1), histtype="step")
    above.set(ylabel="share that was right", title=title, ylim=(0, 1), xlim=(0, 1))
    above.legend(loc="upper left", frameon=False)
    below.set(xlabel="probability as shown", ylabel="texts")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def _percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.1f} %"
