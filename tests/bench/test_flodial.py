"""Charts become flows and dialogs become paths, whatever their data leave out."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.charts import DataInvalid, Dialog, Route, Unplayable, chart_to_flow, read_data, route_of
from bench.flodial import BUILT_IN, app
from bench.output import percentile
from bench.play import cast_parts
from l1.domain import limits
from l1.domain.flow_file import check_flow, parse_flow

CHART: dict[str, Any] = {
    "name": "laptop_fan",
    "category": "laptops",
    "problem_description": "your laptop's fan is loud.",
    "nodes": {
        "1": {"label": "dust?", "terminal": False, "utterance": "Is there dust in the grille?"},
        "2": {"label": "busy?", "terminal": False, "utterance": "Is a program busy?"},
        "3": {"label": "clean", "terminal": True, "utterance": "Clean the grille."},
        "4": {"label": "close it", "terminal": True, "utterance": "Close the program."},
        "5": {"label": "new fan", "terminal": True, "utterance": "Replace the fan."},
    },
    "edges": {"1": {"yes": "3", "no": "2"}, "2": {"yes": "4", "no": "5"}},
    "supporting_faqs": [{"q": "Where is the grille?", "a": "Below.", "id": "0"}],
}


def chart(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(CHART) | changes


def route(*mentions: str, of: dict[str, Any] | None = None) -> Route:
    flow = parse_flow(chart_to_flow("laptop_fan", of or CHART))
    return route_of(Dialog("1", "laptop_fan", "It is loud.", mentions), flow)


def turn(speaker: str, text: object, grounded: object = None) -> dict[str, object]:
    return {"speaker": speaker, "utterance": text, "turn_id": 1} | ({"grounded_doc_id": grounded} if grounded else {})


def write_data(folder: Path, charts: list[Any], dialogs: Any) -> Path:
    (folder / "flodial" / "charts").mkdir(parents=True)
    for number, content in enumerate(charts):
        (folder / "flodial" / "charts" / f"chart_{number}.json").write_text(json.dumps(content))
    (folder / "flodial" / "dialogs.json").write_text(json.dumps(dialogs))
    return folder


def test_a_chart_becomes_a_flow_without_faults() -> None:
    flow = chart_to_flow("laptop_fan", CHART)
    assert check_flow(flow) == []
    assert (flow["id"], flow["title"], flow["category"], flow["start"]) == (
        "laptop-fan",
        "Your laptop's fan is loud",
        "hardware",
        "1",
    )
    assert flow["nodes"]["1"] == {
        "kind": "question",
        "text": "Is there dust in the grille?",
        "answers": {"yes": "3", "no": "2"},
    }
    assert flow["nodes"]["5"] == {"kind": "resolution", "text": "Replace the fan."}


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(chart(category="two-wheel vehicles"), id="a category of its own"),
        pytest.param(chart(category=None, problem_description=None), id="nothing said about it"),
        pytest.param(chart(edges=CHART["edges"] | {"2": {"yes": "4", "no": "99"}}), id="an edge to nowhere"),
        pytest.param(chart(edges={"1": {"yes": "3", "no": "2"}, "2": ["4"]}), id="edges of another shape"),
        pytest.param(chart(edges={}), id="no edges"),
        pytest.param(chart(edges={"1": {"yes": "3", "YES": "2", " ": "4", "": "5"}}), id="labels that look alike"),
        pytest.param(chart(edges={"1": {"a" * 300: "3", "a" * 299: "2"}}), id="labels that are too long"),
        pytest.param(chart(nodes=CHART["nodes"] | {"1": {"utterance": "x\x00" * 5000}}), id="a text that is too long"),
        pytest.param(chart(nodes=CHART["nodes"] | {"1": {}, "2": None}), id="nodes without text"),
        pytest.param(chart(problem_description="long " * 1000), id="a description that is too long"),
        pytest.param(chart(edges=CHART["edges"] | {"5": {"loop": "1"}}), id="a way back to the start"),
    ],
)
def test_what_a_chart_lacks_or_has_too_much_of_does_not_break_its_flow(broken: dict[str, Any]) -> None:
    assert check_flow(chart_to_flow("laptop_fan", broken)) == []


def test_the_start_is_the_node_that_nothing_leads_to_wherever_it_stands() -> None:
    nodes = dict(reversed(CHART["nodes"].items())) | {"lonely": {"utterance": "Nobody comes here."}}
    flow = chart_to_flow("laptop_fan", chart(nodes=nodes))
    assert flow["start"] == "1"
    assert "lonely" not in flow["nodes"]


def test_long_texts_are_cut_to_what_a_flow_takes() -> None:
    flow = chart_to_flow("x" * 300, chart(nodes={"1": {"utterance": "y" * 9000}}))
    assert len(flow["nodes"]["1"]["text"]) == limits.NODE_TEXT
    assert len(flow["id"]) == limits.SLUG


def test_a_path_is_the_nodes_that_the_turns_stand_on_with_the_answers_between_them() -> None:
    assert route("1", "1", "2", "2", "5") == Route(("1", "2", "5"), ("no", "no"), implied=0, reaches_end=True)


def test_asking_again_about_a_node_is_no_step() -> None:
    assert route("1", "2", "1", "2", "4", "4", "2").nodes == ("1", "2", "4")


def test_answers_that_were_told_in_advance_are_given_on_the_shortest_way() -> None:
    assert route("2", "5") == Route(("1", "2", "5"), ("no", "no"), implied=1, reaches_end=True)
    assert route("1", "5").answers == ("no", "no")


def test_a_dialog_that_ends_early_ends_on_its_last_node() -> None:
    assert route("1", "2") == Route(("1", "2"), ("no",), implied=0, reaches_end=False)


def test_a_way_back_is_walked_again() -> None:
    loop = chart(edges=CHART["edges"] | {"2": {"yes": "4", "no": "5", "again": "1"}})
    assert route("1", "2", "1", "3", of=loop).nodes == ("1", "2", "1", "3")


def test_unknown_nodes_are_passed_over() -> None:
    assert route("1", "77", "3").nodes == ("1", "3")


def test_a_dialog_that_names_no_node_or_jumps_across_the_chart_is_not_playable() -> None:
    with pytest.raises(Unplayable, match="names a node"):
        route("77")
    with pytest.raises(Unplayable, match="from node 3 to node 5"):
        route("1", "3", "5")


def test_dialogs_are_read_with_what_they_leave_out(tmp_path: Path) -> None:
    turns = [
        turn("agent", "Hello."),
        turn("user", None),
        turn("user", "The fan is loud.\n", "chart-0"),
        turn("agent", "And?", "chart-1"),
        turn("agent", "Is there dust?", "chart-1"),
        turn("user", "Where?", "faq-0"),
        turn("user", "No.", "chart-1"),
        turn("agent", "Busy?", 7),
        "no turn at all",
        turn("agent", "Replace it.", "chart-5"),
    ]
    dialogs = {
        "a": {"utterences": turns, "flowchart": "laptop_fan"},
        "b": {"utterances": [turn("user", "Hm?")], "flowchart": "laptop_fan"},
        "c": {"utterences": turns, "flowchart": "none"},
        "d": {"flowchart": "laptop_fan"},
        "e": {"utterences": turns, "flowchart": "trap"},
    }
    trap = {"name": "trap", "nodes": {"1": {}, "2": {}}, "edges": {"1": {"on": "2"}, "2": {"on": "1"}}}
    data = read_data(write_data(tmp_path, [CHART, trap], dialogs))
    assert data.dialogs[0] == Dialog("a", "laptop_fan", "The fan is loud.", ("1", "1", "1", "5"))
    [part], unplayable = cast_parts(data, {"laptop_fan": "id"})
    assert part.route.nodes == ("1", "2", "5")
    assert unplayable.keys() == {"b", "c", "d", "e"}
    assert "can't end" in unplayable["e"]


def test_data_of_another_shape_are_refused_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(DataInvalid, match="no flodial/charts"):
        read_data(tmp_path)
    folder = write_data(tmp_path, [CHART], ["not", "dialogs"])
    with pytest.raises(DataInvalid, match="dialog 0 is no object"):
        read_data(folder)


def test_the_built_in_dialogs_can_all_be_played() -> None:
    data = read_data(BUILT_IN)
    parts, unplayable = cast_parts(data, dict.fromkeys(data.flows, ""))
    assert data.broken == {}
    assert unplayable == {}
    assert len(parts) == len(data.dialogs) > 0
    assert all(part.route.reaches_end for part in parts)


def test_an_api_that_runs_already_is_not_played_without_tokens() -> None:
    result = CliRunner().invoke(app, ["--base-url", "http://127.0.0.1:1"])
    assert result.exit_code == 2
    assert "--token-l1" in result.output


def test_a_percentile_is_a_measured_value() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert percentile([3.0], 50) == 3.0
