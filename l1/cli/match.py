"""`l1 match`: measuring matching, and fitting it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from l1.settings import SettingsError, load_settings

# What measures and fits is imported when it runs: it takes its time, and a machine that only takes calls lacks it.
# ruff: noqa: PLC0415

app = typer.Typer(no_args_is_help=True)


class SetName(StrEnum):
    STACKFAQ = "stackfaq"
    FLODIAL = "flodial"
    CLINC150 = "clinc150"
    STARTER = "starter"


Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The folder that holds stackfaq/, flodial/ and clinc150/.", show_default=False),
]


@app.callback()
def match() -> None:
    """Measure how well callers' words find their flow and category, and fit what decides about it.

    \b
    Example:
      $ l1 match eval --data data --set stackfaq
      $ l1 match eval --set starter
      $ l1 match fit --data data

    Data are read from DIR/stackfaq/*.json (lists of threads with question, answer and rephrasings),
    DIR/flodial/charts/*.json with DIR/flodial/dialogs.json, and DIR/clinc150/*.json (an object with train, val,
    oos_train, oos_val, and perhaps test and oos_test). The set `starter` comes with the product.
    """  # noqa: D301 - \b is the help's mark for lines that must not be joined, not a backslash


@app.command()
def vectors(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where starter.npz goes.")] = Path("l1/library/matching"),
) -> None:
    """Make the vectors of the starter flows anew: they come along, so that a first start has them at once.

    To be run when a starter flow was changed. A flow whose vectors are missing gets them from the first worker.

    Example:  l1 match vectors --out library/matching
    """
    from l1.library import starter_flows
    from l1.matching.minilm import MiniLM
    from l1.matching.ready_made import write_ready_made
    from l1.matching.study.sets import flow_text

    model = MiniLM()
    with typer.progressbar([flow_text(flow) for flow in starter_flows()], label="Embedding") as shown:
        made = [(text, text.pool(model.embed(text.passages))) for text in shown]
    write_ready_made(out, model.name, made)
    typer.echo(f"Wrote the vectors of {len(made)} flows to {out}.")


@app.command("eval")
def evaluate(
    name: Annotated[SetName, typer.Option("--set", help="What to measure on.", show_default=False)],
    data: Data = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The reliability plot.  [default: .l1/match/SET.png]")
    ] = None,
    *,
    words_only: Annotated[bool, typer.Option("--words-only", help="As a worker without an embedder.")] = False,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures.")] = None,
) -> None:
    """Print how well matching does on labelled texts, and draw how far its scores are probabilities.

    Never on texts that were fitted on: data that the shipped parameters have not seen are judged as shipped, all others
    by parameters that are fitted anew without the flow in question. CLINC150 is fitted on its training part, tuned on
    its validation part and measured on its test part (without one: tuned on a tenth of the training part).

    \b
    Example:
      $ l1 match eval --data data --set flodial
    """  # noqa: D301 - the same
    if data is None and name is not SetName.STARTER:
        raise SettingsError(f"Say where the data are: --data DIR, where DIR holds {name}/.")
    _require_study()
    from l1.cli import match_study

    settings = load_settings()
    file = plot or settings.data_dir / "match" / f"{name}.png"
    with _told():
        match_study.evaluate(
            name.value, data or Path(), settings.match_parameters, file, as_json, words_only=words_only
        )
    typer.echo(f"Reliability plot: {file}")


@app.command()
def fit(
    data: Data = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to write gates.json, categories.npz and reliability.png.  [default: "
            "the installed library/matching]",
        ),
    ] = None,
) -> None:
    """Fit the gate and the category model, and write them with the names of the texts they come from.

    Fitted on the starter library and, where they are in DIR, on StackFAQ and FloDial; the thresholds are chosen from
    probabilities cross-fitted by flow. A worker reads them when it starts, from L1_MATCH_PARAMETERS or the installed
    library.

    \b
    Example:
      $ l1 match fit --data data --out my-parameters
    """  # noqa: D301 - the same
    _require_study()
    from l1.cli import match_study

    with _told():
        names, target = match_study.fit(data, out)
    typer.echo(f"Fitted on {', '.join(names)}; written to {target}")


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong with the data or the parameters in a line, not in a traceback."""
    from l1.matching.parameters import ParametersInvalidError
    from l1.matching.study.sets import DataInvalidError

    try:
        yield
    except (DataInvalidError, ParametersInvalidError) as error:
        raise SettingsError(str(error)) from error


def _require_study() -> None:
    if find_spec("sklearn") is None or find_spec("matplotlib") is None:
        raise SettingsError(
            "Measuring and fitting need scikit-learn and matplotlib, which a machine that only takes calls does not "
            "have. Use the environment of `make up`, or install resolutionflow-l1[study]."
        )
