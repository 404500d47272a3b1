"""What the product ships with passes the guards that a model's nodes have to pass."""

import pytest

from l1.domain.categories import CATEGORIES
from l1.domain.playbook import Playbook, next_node
from l1.guards import unsafe_content
from l1.library import playbooks, starter_flows

PLAYBOOKS = playbooks()

REVIEWED = {
    # Of technicians' own tools, written and reviewed by people: a model may not write the like.
    ("password_account", "locked"): "a cmdlet that unlocks an account, for a technician who may",
    ("account-locked-password-reset", "locked"): "the same",
    ("laptop-battery-not-charging", "health"): "powercfg writes a report of the battery",
    ("print-jobs-stuck", "spooler"): "the print queue is emptied by an administrator",
    ("remote-desktop-fails", "name"): "a cmdlet that tests a port",
    ("wifi-drops", "engineer"): "names the report that an engineer reads",
    ("windows-update-fails", "repair"): "Windows is repaired by an administrator",
    # Signs and addresses that look like more than they are.
    ("files_sharing", "name-length"): "the signs that a file name may not have",
    ("onedrive-not-syncing", "rename"): "the same",
    ("malware-alert", "notifications"): "a browser's own pages of settings",
    ("mapped-drive-missing", "reconnect"): "how the path of a share is written",
}


def unsafe(name: tuple[str, str], *texts: str) -> set[tuple[str, str]]:
    return {name} if any(unsafe_content(text) for text in texts) else set()


def test_there_are_at_least_twelve_checks_for_each_category() -> None:
    checks = {playbook.category: len(playbook.checks) for playbook in PLAYBOOKS}
    assert set(checks) == {category.slug for category in CATEGORIES}
    assert min(checks.values()) >= 12


@pytest.mark.usefixtures("slow")
def test_all_that_is_shown_passes_the_guards_but_for_what_people_have_reviewed() -> None:
    found: set[tuple[str, str]] = set()
    for playbook in PLAYBOOKS:
        for check in playbook.checks:
            ends = [verdict.text for verdict in check.answers.values()]
            found |= unsafe((playbook.category, check.id), check.text, *check.answers, *ends)
        found |= unsafe((playbook.category, "last_resort"), playbook.last_resort.text)
    for flow in starter_flows():
        for node in flow.tree.nodes.values():
            found |= unsafe((flow.slug, node.id), node.text, *node.answers)
    assert found == set(REVIEWED)


def password_account() -> Playbook:
    return next(playbook for playbook in PLAYBOOKS if playbook.category == "password_account")


def test_nothing_of_an_account_is_done_before_the_caller_is_verified() -> None:
    playbook = password_account()
    verified = playbook.checks[0]
    assert verified.id == "verified"
    missing = {keyword for check in playbook.checks for keyword in check.keywords} - set(verified.keywords)
    assert missing == set()


@pytest.mark.parametrize("check", password_account().checks, ids=lambda check: check.id)
def test_a_problem_in_the_very_words_of_a_check_still_begins_with_the_verification(check: object) -> None:
    playbook = password_account()
    words = next(" and ".join(one.keywords) for one in playbook.checks if one == check)
    assert next_node(playbook, f"{words}", [], "n1").text == playbook.checks[0].text
