"""The flows and playbooks that come with the product are fit to be published as they are."""

import difflib
import itertools
import re
from importlib import resources

import pytest

from l1.domain.categories import CATEGORIES
from l1.domain.flow_file import check_flow, flow_to_raw
from l1.domain.playbook import Asked, Playbook, Verdict, next_node
from l1.domain.tree import Flow, NodeKind
from l1.library import playbooks, starter_flows, write_flow
from l1.library.reader import load

FLOWS = starter_flows()
PLAYBOOKS = playbooks()
REASONS = {
    "account_access",
    "approval_needed",
    "hardware_fault",
    "identity_not_verified",
    "needs_engineer",
    "network_fault",
    "onsite_needed",
    "safety",
    "security_incident",
    "service_outage",
    "supplies",
}


def each_flow() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.slug)


def each_playbook() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.category)


def test_there_are_flows_for_every_category() -> None:
    assert len(FLOWS) >= 40
    assert {flow.category for flow in FLOWS} == {category.slug for category in CATEGORIES}


def test_every_category_has_its_playbook_by_rank_and_under_its_title() -> None:
    assert [(playbook.category, playbook.title) for playbook in PLAYBOOKS] == [
        (category.slug, category.title) for category in CATEGORIES
    ]


def test_a_flow_file_is_named_after_its_slug() -> None:
    names = {file.name for file in (resources.files("l1.library") / "flows").iterdir()}
    assert {f"{flow.slug}.yaml" for flow in FLOWS} == names


@each_flow()
def test_a_starter_flow_has_no_fault_and_survives_export(flow: Flow) -> None:
    raw = flow_to_raw(flow)
    assert check_flow(raw) == []
    for as_json in (False, True):
        assert load(write_flow(flow, as_json=as_json).encode(), is_json=as_json) == raw


@each_flow()
def test_a_starter_flow_is_neither_trivial_nor_long(flow: Flow) -> None:
    assert 6 <= len(flow.tree.nodes) <= 14
    assert len(flow.keywords) >= 5
    assert len(flow.description) >= 80


@each_flow()
def test_no_question_of_a_starter_flow_is_without_effect(flow: Flow) -> None:
    for node in flow.tree.nodes.values():
        if node.kind is NodeKind.QUESTION:
            assert len(set(node.answers.values())) > 1, f"{node.id} leads to the same node whatever the answer is"


@each_flow()
def test_a_starter_flow_both_resolves_and_escalates_for_known_reasons(flow: Flow) -> None:
    kinds = {node.kind for node in flow.tree.nodes.values()}
    assert {NodeKind.RESOLUTION, NodeKind.ESCALATION} <= kinds
    assert {node.reason_category for node in flow.tree.nodes.values() if node.reason_category} <= REASONS


@each_flow()
def test_a_starter_flow_is_short_enough_to_be_read_aloud(flow: Flow) -> None:
    for node in flow.tree.nodes.values():
        assert len(node.text) <= 420, f"{node.id} has {len(node.text)} characters"


def every_text() -> list[str]:
    of_flows = [node.text for flow in FLOWS for node in flow.tree.nodes.values()]
    return of_flows + [check.text for playbook in PLAYBOOKS for check in playbook.checks]


def test_nobody_is_asked_to_tell_a_password_or_code() -> None:
    asks = re.compile(
        r"(tell|give|read|send|spell)( me| us| out)? (your|the) (?!temporary)(\w+ )?(password|code|pin)\b",
        re.IGNORECASE,
    )
    assert [text for text in every_text() if asks.search(text)] == []


def test_nothing_is_deleted_removed_or_forgotten_before_the_caller_has_agreed() -> None:
    loses = re.compile(r"(?<!not )\b(del|delete|remove|forget|reset|uninstall|wipe)\b", re.IGNORECASE)
    unasked = [
        (flow.slug, node.id, before.id)
        for flow in FLOWS
        for node in flow.tree.nodes.values()
        if node.kind is NodeKind.INSTRUCTION and loses.search(node.text)
        for before in flow.tree.nodes.values()
        if node.id in before.answers.values() and before.kind is not NodeKind.QUESTION
    ]
    assert unasked == []


def test_titles_are_not_near_duplicates() -> None:
    for one, other in itertools.combinations(FLOWS, 2):
        ratio = difflib.SequenceMatcher(None, one.title.casefold(), other.title.casefold()).ratio()
        assert ratio < 0.8, (one.title, other.title)


@pytest.mark.parametrize("flow", [f for f in FLOWS if f.category == "security"], ids=lambda flow: flow.slug)
def test_a_security_matter_escalates_within_three_answers_unless_nothing_was_done(flow: Flow) -> None:
    start = flow.tree.nodes[flow.tree.start]
    reached = {target for label, target in start.answers.items() if target and not label.startswith("Nothing")}
    for _ in range(3):
        open_nodes = [flow.tree.nodes[node_id] for node_id in reached if not flow.tree.nodes[node_id].kind.is_terminal]
        reached = {target for node in open_nodes for target in node.answers.values() if target}
    assert reached == set()
    ends = [node for node in flow.tree.nodes.values() if node.kind is NodeKind.ESCALATION]
    assert {node.reason_category for node in ends} == {"security_incident"}


def verdicts(playbook: Playbook) -> list[Verdict]:
    return [verdict for check in playbook.checks for verdict in check.answers.values()] + [playbook.last_resort]


@each_playbook()
def test_a_playbook_has_checks_of_which_each_can_go_on_and_each_end_is_for_a_known_reason(playbook: Playbook) -> None:
    assert len(playbook.checks) >= 12
    assert len(playbook.keywords) >= 25
    assert {verdict.reason_category for verdict in verdicts(playbook)} - {None} <= REASONS
    for check in playbook.checks:
        assert len(check.answers) >= 2, check.id
        assert any(not verdict.text for verdict in check.answers.values()), f"{check.id} always ends the walk"
        assert len(check.text) <= 420, check.id


@each_playbook()
def test_a_playbook_asks_all_its_checks_when_no_answer_settles_anything(playbook: Playbook) -> None:
    asked: list[Asked] = []
    while not (node := next_node(playbook, "It does not work", asked, f"n{len(asked)}")).kind.is_terminal:
        asked.append(Asked(node.id, node.text, "none of these"))
    assert [step.text for step in asked] == [check.text for check in playbook.checks]
    assert node.text == playbook.last_resort.text


def test_security_never_resolves_without_an_engineer() -> None:
    [security] = [playbook for playbook in PLAYBOOKS if playbook.category == "security"]
    assert {verdict.reason_category for verdict in verdicts(security) if verdict.text} == {"security_incident"}
    assert not any(verdict.text and not verdict.reason_category for verdict in verdicts(security))
