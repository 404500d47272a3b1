"""The fitted numbers, read from and written to the files that come with the product (`l1/library/matching`)."""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from l1.matching.category import CategoryModel, MeaningModel, ScopeGate, WordModel
from l1.matching.gate import BY_MEANING, BY_WORDS, Gate, expand
from l1.matching.judge import Gates

WORDS = "words"
"""Names the gate of no embedder."""

_NEVER = 2.0
"""No probability is as high."""

_STEPS = 254.0
"""Steps of a number in a reference vector, one byte each: no number of a vector of length 1 is above a half in a few
hundred dimensions, and the mean cosine that they are for moves by less than 0.001."""

GATES_FILE = "gates.json"
CATEGORIES_FILE = "categories.npz"


_UNREADABLE = (
    *(OSError, ValueError, KeyError, TypeError, AttributeError),
    *(EOFError, zipfile.BadZipFile, zlib.error),  # a file that was not copied whole
)


class ParametersInvalidError(Exception):
    """The files are not what this version of the program reads; the message says which."""


@dataclass(frozen=True)
class Source:
    """Texts that were fitted on. `licence`, and `digests` of the flows, by which `l1 match eval` knows them again."""

    name: str
    licence: str
    texts: int
    flows: int
    digests: Sequence[str]


@dataclass(frozen=True)
class Parameters:
    """`gates` by the name of the embedder, or `WORDS`."""

    sources: Sequence[Source]
    gates: Mapping[str, Gate]
    categories: CategoryModel

    def gates_for(self, embedder: str | None) -> Gates:
        """Choose by the embedder's name. With one that nothing was fitted for, nothing starts by itself.

        Its probabilities are then those of another embedder: good enough to rank suggestions by, no more.
        """
        by_words = self.gates[WORDS]
        if embedder is None:
            return Gates(by_words, by_words)
        if embedder in self.gates:
            return Gates(by_words, self.gates[embedder])
        other = next(gate for name, gate in self.gates.items() if name != WORDS)
        return Gates(by_words, replace(other, automatic=_NEVER))

    def is_fitted_for(self, embedder: str | None) -> bool:
        return embedder is None or embedder in self.gates


def read_parameters(folder: Traversable) -> Parameters:
    """Raises ParametersInvalidError."""
    try:
        raw = json.loads((folder / GATES_FILE).read_text(encoding="utf-8"))
        gates = {name: _read_gate(gate) for name, gate in raw["gates"].items()}
        if WORDS not in gates or len(gates) == 1:
            raise ValueError("gates must be there for words alone and for at least one embedder")
        sources = [Source(**source) for source in raw["fitted_on"]]
        return Parameters(sources, gates, _read_categories((folder / CATEGORIES_FILE).read_bytes()))
    except _UNREADABLE as error:
        raise ParametersInvalidError(
            f"The parameters of matching in {folder} cannot be read ({error}). Fit them again with `l1 match fit`."
        ) from error


def write_gates(folder: Path, sources: Sequence[Source], gates: Mapping[str, Gate]) -> None:
    raw = {
        "fitted_on": [asdict(source) for source in sources],
        "gates": {name: _raw_gate(gate) for name, gate in gates.items()},
    }
    (folder / GATES_FILE).write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def _raw_gate(gate: Gate) -> dict[str, Any]:
    numbers = {name: [round(float(x), 6) for x in getattr(gate, name)] for name in ("mean", "scale", "weights")}
    return {
        "features": list(gate.features),
        **numbers,
        "intercept": round(gate.intercept, 6),
        "automatic": gate.automatic,
    }


def _read_gate(raw: Mapping[str, Any]) -> Gate:
    features = tuple(raw["features"])
    if features not in (BY_WORDS, BY_MEANING):
        raise ValueError(f"the gate has the features {', '.join(features)}, which this version does not compute")
    numbers = {name: np.array(raw[name], np.float64) for name in ("mean", "scale", "weights")}
    terms = expand(np.zeros(len(features)))
    sizes = {"mean": len(features), "scale": len(features), "weights": len(terms)}
    if any(numbers[name].shape != (size,) for name, size in sizes.items()):
        raise ValueError("the gate does not have as many numbers as its features need")
    return Gate(features, intercept=raw["intercept"], automatic=raw["automatic"], **numbers)


def write_categories(folder: Path, model: CategoryModel) -> None:
    """Two bytes a number, or one: probabilities move by less than 0.001."""
    half = np.float16
    arrays: dict[str, Any] = {
        "labels": np.array(model.labels),
        "terms": np.array(list(model.by_words.terms)),
        "idf": model.by_words.idf.astype(half),
        "word_weights": model.by_words.weights.astype(half),
        "word_bias": model.by_words.bias,
        "gate_by_words": _raw_scope(model.gate_by_words),
    }
    if model.by_meaning is not None and model.gate_by_meaning is not None:
        arrays |= {
            "embedder": np.array(model.embedder),
            "meaning_weights": model.by_meaning.weights.astype(half),
            "meaning_bias": model.by_meaning.bias,
            "references": np.rint(model.by_meaning.references * _STEPS).astype(np.int8),
            "gate_by_meaning": _raw_scope(model.gate_by_meaning),
        }
    np.savez_compressed(folder / CATEGORIES_FILE, **arrays)


def _read_categories(data: bytes) -> CategoryModel:
    with np.load(io.BytesIO(data), allow_pickle=False) as raw:
        single = np.float32
        by_words = WordModel(
            {term: row for row, term in enumerate(raw["terms"].tolist())},
            raw["idf"].astype(single),
            raw["word_weights"].astype(single),
            raw["word_bias"].astype(single),
        )
        labels = tuple(raw["labels"].tolist())
        if "references" not in raw:
            return CategoryModel(None, labels, by_words, None, _read_scope(raw["gate_by_words"]), None)
        by_meaning = MeaningModel(
            raw["meaning_weights"].astype(single),
            raw["meaning_bias"].astype(single),
            raw["references"].astype(single) / _STEPS,
        )
        return CategoryModel(
            str(raw["embedder"]),
            labels,
            by_words,
            by_meaning,
            _read_scope(raw["gate_by_words"]),
            _read_scope(raw["gate_by_meaning"]),
        )


def _raw_scope(gate: ScopeGate) -> Any:
    return np.array([gate.intercept, gate.least, *gate.weights], np.float64)


def _read_scope(raw: Any) -> ScopeGate:
    intercept, least, *weights = raw.tolist()
    return ScopeGate(tuple(weights), intercept, least)
