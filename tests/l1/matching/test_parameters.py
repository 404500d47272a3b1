"""The fitted numbers survive being written, and a file that is not theirs is refused by name."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from l1.domain.categories import CATEGORIES, UNKNOWN
from l1.domain.intake import Band
from l1.library import starter_flows
from l1.matching.category import CategoryModel, MeaningModel, ScopeGate, WordModel
from l1.matching.gate import BY_MEANING, BY_WORDS, Gate, expand
from l1.matching.judge import SUGGEST, judge
from l1.matching.minilm import NAME
from l1.matching.parameters import (
    CATEGORIES_FILE,
    GATES_FILE,
    WORDS,
    Parameters,
    ParametersInvalidError,
    Source,
    read_parameters,
    write_categories,
    write_gates,
)
from l1.matching.shelf import Shelf
from tests.l1.matching.examples import STRAIGHT, at

CHANCE = np.random.default_rng(7)
SOURCES = [Source("calls", "CC0", 12, 2, ["0a", "0b"])]
LABELS = ("email", "printing", "unused")


def some_gate(features: tuple[str, ...]) -> Gate:
    size = len(features)
    weights = CHANCE.normal(size=len(expand(np.zeros(size))))
    return Gate(features, CHANCE.normal(size=size), CHANCE.uniform(0.1, 2, size), -0.25, weights, 0.905)


GATES = {WORDS: some_gate(BY_WORDS), "tiny": some_gate(BY_MEANING)}


def some_categories(*, with_meaning: bool = True) -> CategoryModel:
    def numbers(*shape: int) -> Any:
        return CHANCE.normal(size=shape).astype(np.float32)

    references = numbers(30, 256)
    references /= np.linalg.norm(references, axis=1, keepdims=True)
    by_words = WordModel({"mail": 0, "na\u00efve": 1, "#_p": 2}, abs(numbers(3)) + 1, numbers(3, 3), numbers(3))
    gate = ScopeGate((0.5, 1.5), -1.0, 0.25)
    if not with_meaning:
        return CategoryModel(None, LABELS, by_words, None, gate, None)
    by_meaning = MeaningModel(numbers(256, 3), numbers(3), references)
    return CategoryModel("tiny", LABELS, by_words, by_meaning, gate, ScopeGate((0.5, 1.5, 3.0), -1.0, 0.3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_gates(tmp_path, SOURCES, GATES)
    write_categories(tmp_path, some_categories())
    return tmp_path


def test_gates_and_their_sources_survive_being_written(folder: Path) -> None:
    read = read_parameters(folder)
    assert read.sources == SOURCES
    assert set(read.gates) == set(GATES)
    for name, gate in GATES.items():
        shown = CHANCE.normal(size=(50, len(gate.features)))
        assert (read.gates[name].features, read.gates[name].automatic) == (gate.features, gate.automatic)
        assert np.abs(read.gates[name].probability(shown) - gate.probability(shown)).max() < 1e-4


@pytest.mark.parametrize("with_meaning", [True, False])
def test_categories_survive_being_written(folder: Path, *, with_meaning: bool) -> None:
    model = some_categories(with_meaning=with_meaning)
    write_categories(folder, model)
    read = read_parameters(folder).categories
    assert (read.embedder, read.labels) == (model.embedder, LABELS)
    assert (read.by_meaning is None) is not with_meaning
    vector = CHANCE.normal(size=256).astype(np.float32)
    vector /= np.linalg.norm(vector)
    for text, known in (("mail", None), ("a na\u00efve printer", vector), ("", vector)):
        label, probability, least = read.judge(text, known)
        expected, chance, lowest = model.judge(text, known)
        assert (label, least) == (expected, lowest)
        assert probability == pytest.approx(chance, abs=0.005)


def test_a_gate_is_chosen_by_the_embedder(folder: Path) -> None:
    read = read_parameters(folder)
    assert read.gates_for("tiny").by_meaning is read.gates["tiny"]
    assert read.gates_for("tiny").by_words is read.gates[WORDS]
    assert read.gates_for(None).by_meaning is read.gates[WORDS]
    assert (read.is_fitted_for("tiny"), read.is_fitted_for(None), read.is_fitted_for("other")) == (True, True, False)


def test_with_an_embedder_that_nothing_was_fitted_for_no_flow_starts_by_itself(folder: Path) -> None:
    fitted = GATES["tiny"]
    sure = Gate(fitted.features, fitted.mean, fitted.scale, 1e6, fitted.weights * 0, 0.5)
    write_gates(folder, SOURCES, GATES | {"tiny": sure})
    read = read_parameters(folder)
    assert judge(STRAIGHT, Shelf(), Shelf([at(1.0)]), (), read.gates_for("tiny"))[0] is Band.MATCHED
    assert judge(STRAIGHT, Shelf(), Shelf([at(1.0)]), (), read.gates_for("other"))[0] is Band.SUGGEST


def test_the_shipped_files_name_what_they_were_fitted_on(shipped: Parameters) -> None:
    sources = {source.name: source for source in shipped.sources}
    assert sources["starter"].flows == len(starter_flows())
    for source in sources.values():
        assert source.licence
        assert source.texts > source.flows
        assert len(set(source.digests)) == source.flows


def test_the_shipped_files_are_for_the_embedder_that_comes_along_and_for_words_alone(shipped: Parameters) -> None:
    assert set(shipped.gates) == {WORDS, NAME}
    assert (shipped.gates[WORDS].features, shipped.gates[NAME].features) == (BY_WORDS, BY_MEANING)
    assert all(SUGGEST < gate.automatic < 1 for gate in shipped.gates.values())
    assert shipped.categories.embedder == NAME
    assert set(shipped.categories.labels) - {UNKNOWN} == {category.slug for category in CATEGORIES}


def test_the_shipped_references_are_vectors_of_length_one(shipped: Parameters) -> None:
    assert shipped.categories.by_meaning is not None
    lengths = np.linalg.norm(shipped.categories.by_meaning.references, axis=1)
    assert np.abs(lengths - 1).max() < 0.02


def edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        raw = json.loads((folder / GATES_FILE).read_text())
        change(raw)
        (folder / GATES_FILE).write_text(json.dumps(raw))

    return damage


def without_array(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        with np.load(folder / CATEGORIES_FILE) as raw:
            kept = {key: raw[key] for key in raw if key != name}
        np.savez(folder / CATEGORIES_FILE, **kept)

    return damage


def cut(name: str, share: float) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: math.floor(len(whole) * share)])

    return damage


def garbled(folder: Path) -> None:
    whole = (folder / CATEGORIES_FILE).read_bytes()
    middle = len(whole) // 2
    (folder / CATEGORIES_FILE).write_bytes(whole[:middle] + b"?" * 64 + whole[middle + 64 :])


FAULTS: dict[str, Callable[[Path], Any]] = {
    "no gates": lambda folder: (folder / GATES_FILE).unlink(),
    "no categories": lambda folder: (folder / CATEGORIES_FILE).unlink(),
    "a list": lambda folder: (folder / GATES_FILE).write_text("[]"),
    "gates in a list": edited(lambda raw: raw.update(gates=[])),
    "no sources": edited(lambda raw: raw.pop("fitted_on")),
    "a source of another shape": edited(lambda raw: raw["fitted_on"][0].update(colour="red")),
    "no gate for words": edited(lambda raw: raw["gates"].pop(WORDS)),
    "no gate for an embedder": edited(lambda raw: raw["gates"].pop("tiny")),
    "features of another version": edited(lambda raw: raw["gates"][WORDS]["features"].append("colour")),
    "too few weights": edited(lambda raw: raw["gates"]["tiny"]["weights"].pop()),
    "no threshold": edited(lambda raw: raw["gates"]["tiny"].pop("automatic")),
    "words for numbers": edited(lambda raw: raw["gates"]["tiny"].update(mean=["x"] * len(BY_MEANING))),
    "half of the gates": cut(GATES_FILE, 0.5),
    "an empty file of categories": cut(CATEGORIES_FILE, 0),
    "half of the categories": cut(CATEGORIES_FILE, 0.5),
    "garbled categories": garbled,
    "no labels": without_array("labels"),
    "no gate for the embedding": without_array("gate_by_meaning"),
}


@pytest.mark.parametrize("damage", FAULTS.values(), ids=FAULTS.keys())
def test_files_that_cannot_be_read_are_named_with_what_to_do(folder: Path, damage: Callable[[Path], Any]) -> None:
    damage(folder)
    with pytest.raises(ParametersInvalidError) as error:
        read_parameters(folder)
    assert str(folder) in str(error.value)
    assert "l1 match fit" in str(error.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParametersInvalidError, match="nowhere"):
        read_parameters(tmp_path / "nowhere")
