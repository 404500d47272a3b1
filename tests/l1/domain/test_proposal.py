from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l1.domain import limits
from l1.domain.categories import CATEGORIES
from l1.domain.findings import SLUG
from l1.domain.flow_file import flow_to_raw, parse_flow
from l1.domain.merging import WalkedNode, begin
from l1.domain.proposal import NodeCount, asks_the_same, counts, slug_for, title_for
from l1.domain.tree import Flow, Node, NodeKind

NEW = "Printing: new problem"
ID = UUID("3f2a9c1e-0000-4000-8000-000000000000")


def title(*statements: str, private: tuple[str | None, ...] = ()) -> str:
    return title_for(statements, private, "Printing")


def test_calls_are_counted_at_each_node_once_and_those_that_helped_apart() -> None:
    counted = counts([(["n1", "n2", "n1"], True), (["n1"], False), ([], True)])
    assert counted == {"n1": NodeCount(walked=2, helped=1), "n2": NodeCount(walked=1, helped=1)}


def test_the_title_is_the_first_sentence_of_the_shortest_statement() -> None:
    long = "The labels come out blank since we changed the roll this morning and nobody here knows why."
    assert title(long, "Labels come  out\tblank. It is urgent, please be quick.") == "Labels come out blank"
    assert title("Why are the labels blank?") == "Why are the labels blank?"


@pytest.mark.parametrize(
    "statement",
    [
        "Ada cannot print labels",
        "The labels of ADA's printer are blank",
        "Labels for byron's shop are blank",
        "Login abyron cannot print labels",
        "Labels for Hôtel Étoile are blank",
        "Labels for hotel etoile are blank",
        "Labels are blank, mail me at desk@example.com",
        "Labels are blank, ring 555 12 34",
        "Labels are blank, extension 4417",
        "Labels are blank (\uff10\uff13) \uff14\uff14\uff11\uff17",
        "Hello, this is the bakery, labels are blank",
        "Labels are blank at room 214",
    ],
)
def test_a_sentence_that_may_tell_who_called_is_no_title(statement: str) -> None:
    private = (None, "Ada Byron", "Hotel Étoile", "ext. 214")
    assert title(statement, private=private) == NEW
    assert title(
        statement, "All labels of the machine come out blank since this morning, whatever", private=private
    ) == ("All labels of the machine come out blank since this morning, whatever")


def test_models_versions_and_small_numbers_may_stand_in_a_title() -> None:
    statement = "HP M404 prints blank labels on Windows 11"
    assert title(statement, private=("Ada of the Shop", "")) == statement


def test_a_short_part_of_a_name_is_not_looked_for_inside_words() -> None:
    assert title("Cannot print the same label", private=("Ann Sam",)) == "Cannot print the same label"


def test_a_problem_without_a_sentence_is_named_after_its_category() -> None:
    assert title() == NEW
    assert title("help", "...", "") == NEW


def test_a_long_sentence_is_cut_between_words() -> None:
    assert title("word " * 100) == " ".join(["word"] * 39) + " …"
    assert len(title_for([], [], "x " * 300)) <= limits.TITLE


@given(statements=st.lists(st.text()), name=st.text(), category=st.text(min_size=1, max_size=300))
def test_any_words_give_a_title_that_a_flow_can_have(statements: list[str], name: str, category: str) -> None:
    given_title = title_for(statements, [name], category.strip() if category.isprintable() else "Printing")
    raw = flow_to_raw(draft(given_title))
    assert parse_flow(raw, may_be_open=True).title == given_title.strip()


@pytest.mark.parametrize("category", [category.slug for category in CATEGORIES])
def test_the_slug_tells_the_category_and_nothing_of_the_caller(category: str) -> None:
    slug = slug_for(category, ID)
    assert slug == category.replace("_", "-") + "-3f2a9c1e"
    assert SLUG.pattern.fullmatch(slug)


def draft(name: str) -> Flow:
    question = Node("x", NodeKind.QUESTION, "Is there power?", {"Yes": None, "No": None})
    return Flow(slug_for("printing", ID), name, "printing", "", ("labels",), begin((WalkedNode(question, None),)).tree)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is the printer switched on?", "Is the printer switched off?"),
        ("Can the caller send mail?", "Can the caller receive mail?"),
        ("Can the caller open other websites?", "Can the caller not open any website?"),
        ("Is only one person affected?", "Are several people affected?"),
        ("Did it work before the update?", "Did it work after the update?"),
        ("Does it happen on Wi-Fi?", "Does it happen on a cable?"),
        ("Did it start in the last 2 days?", "Did it start in the last 10 days?"),
        ("Does it happen on Windows?", "Does it happen on a Mac?"),
    ],
)
def test_opposites_do_not_ask_the_same_however_alike(one: str, other: str) -> None:
    assert not asks_the_same(one, other, 0.97)
    assert not asks_the_same(other, one, 0.97)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Turn Wi-Fi off and on again.", "Switch wireless off, then back on."),
        ("Can the caller send mail?", "Is the caller able to send any mail?"),
        ("Is everybody affected?", "Are all people affected?"),
    ],
)
def test_other_words_for_one_question_ask_the_same_if_they_are_alike(one: str, other: str) -> None:
    assert asks_the_same(one, other, 0.9)
    assert not asks_the_same(one, other, 0.8)
