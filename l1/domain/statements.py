"""Callers' words whose flow and category are known: what matching is fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Statements:
    """Statements of one category, by the slug of the flow that is right for them; under None where no flow is."""

    category: str
    by_flow: Mapping[str | None, Sequence[str]]
