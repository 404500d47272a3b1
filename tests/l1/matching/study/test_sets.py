"""Labelled data are read as they were published, and what is wrong with them is said."""

from pathlib import Path
from typing import Any

import pytest

from l1.library import starter_flows, statements
from l1.matching.study import starter
from l1.matching.study.sets import (
    OUT_OF_SCOPE,
    Case,
    DataInvalidError,
    Labelled,
    read_clinc150,
    read_match_set,
)
from tests.l1.matching.study import data


def test_stackfaq_is_threads_and_their_rephrasings(tmp_path: Path) -> None:
    threads = data.stackfaq()
    data.write(tmp_path / "stackfaq" / "a.json", threads[:2])
    data.write(tmp_path / "stackfaq" / "b.json", threads[2:])
    found = read_match_set("stackfaq", tmp_path)
    assert [flow.title for flow in found.flows] == [thread["question"] for thread in threads]
    assert found.flows[0].steps == ("paper tray toner jam",)
    assert found.cases[0] == Case("printer the paper is gone", 0)
    assert len(found.cases) == 6 * len(threads)
    assert (found.name, found.licence) == ("stackfaq", "CC BY-SA 3.0")


def test_flodial_is_charts_and_the_first_utterance_of_each_dialog(tmp_path: Path) -> None:
    data.write_all(tmp_path)
    dialogs = data.dialogs() | {"x": {"flowchart": "kept back", "utterences": [{"utterance": "?"}]}}
    data.write(tmp_path / "flodial" / "dialogs.json", dialogs)
    found = read_match_set("flodial", tmp_path)
    titles = [flow.title for flow in found.flows]
    assert sorted(titles) == sorted(f"your {topic} fails" for topic in data.TOPICS)
    assert len(found.cases) == 4 * len(data.TOPICS)
    assert found.cases[0] == Case("printer the paper is gone", titles.index("your printer fails"))


def test_clinc150_is_measured_on_its_test_part(tmp_path: Path) -> None:
    data.write(tmp_path / "clinc150" / "all.json", data.clinc150())
    found = read_clinc150(tmp_path)
    assert found.measured == "test"
    assert found.train[0] == Labelled("now printer the paper is gone", "printer")
    assert Labelled("please song of the sea", OUT_OF_SCOPE) in found.test
    assert {each.text.split()[0] for each in found.test} == {"please"}
    assert {each.text.split()[0] for each in found.tune} == {"look", "now"}


def test_without_a_test_part_clinc150_is_measured_on_its_validation_part(tmp_path: Path) -> None:
    data.write(tmp_path / "clinc150" / "all.json", data.clinc150(has_test=False))
    found = read_clinc150(tmp_path)
    assert found.measured == "val"
    assert {each.text.split()[0] for each in found.test} == {"look"}
    assert {each.label for each in found.tune} == {OUT_OF_SCOPE}


def test_parts_of_clinc150_may_lie_in_files_of_their_own(tmp_path: Path) -> None:
    parts = data.clinc150()
    for name, rows in parts.items():
        data.write(tmp_path / "clinc150" / f"{name}.json", {name: rows})
    assert len(read_clinc150(tmp_path).train) == len(parts["train"])


def test_the_starter_library_has_words_for_every_flow_and_for_none() -> None:
    flows = starter_flows()
    found = starter.match_set(flows, statements())
    assert {case.flow for case in found.cases} == {None, *range(len(flows))}
    assert [flow.title for flow in found.flows] == [flow.title for flow in flows]


def test_a_flow_is_known_again_by_its_set_and_all_that_it_says() -> None:
    one, other = data.match_set("one"), data.match_set("other")
    digests = {each.digest(row) for each in (one, other) for row in range(len(each.flows))}
    assert len(digests) == 2 * len(data.TOPICS)
    assert data.match_set("one").digest(0) == one.digest(0)


@pytest.mark.parametrize("name", ["stackfaq", "flodial"])
def test_a_set_that_is_not_there_is_named_with_what_to_give(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataInvalidError, match=f"There is no {name} in .*--data"):
        read_match_set(name, tmp_path)


def test_clinc150_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataInvalidError, match="There is no clinc150 in"):
        read_clinc150(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "file", "content"),
    [
        ("stackfaq", "a.json", [{"question": "x", "answer": "y"}]),
        ("stackfaq", "a.json", ["x"]),
        ("stackfaq", "a.json", 1),
        ("flodial", "charts/a.json", {"name": "a"}),
        ("flodial", "dialogs.json", {"1": {"flowchart": "printer", "utterences": []}}),
        ("flodial", "dialogs.json", []),
        ("clinc150", "all.json", {"train": [["a", "b"]]}),
        ("clinc150", "all.json", {"train": [["a"]], "val": [], "oos_train": [], "oos_val": []}),
        ("clinc150", "all.json", []),
    ],
)
def test_data_of_another_shape_are_named_by_their_folder(tmp_path: Path, name: str, file: str, content: Any) -> None:
    data.write_all(tmp_path)
    data.write(tmp_path / name / file, content)
    with pytest.raises(DataInvalidError, match="not of the expected shape") as error:
        read_clinc150(tmp_path) if name == "clinc150" else read_match_set(name, tmp_path)
    assert str(tmp_path / name) in str(error.value)


def test_a_file_that_is_no_json_is_named_by_its_folder(tmp_path: Path) -> None:
    data.write_all(tmp_path)
    (tmp_path / "stackfaq" / "threads.json").write_bytes(b"\xff{")
    with pytest.raises(DataInvalidError, match="not of the expected shape"):
        read_match_set("stackfaq", tmp_path)
