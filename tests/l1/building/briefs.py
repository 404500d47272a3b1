"""Briefs for tests of the models."""

from l1.domain.building import Brief
from l1.domain.playbook import Asked

PROBLEM = "The printer on floor two prints blank pages since this morning."
BRIEF = Brief("printing", PROBLEM, [Asked("n1", "Is the printer switched on?", "Yes")])
