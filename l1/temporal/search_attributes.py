"""What a walk can be searched by in Temporal: names, types, and what a walk says under each.

These values are stored in the clear, so none comes from a customer.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from l1.domain.reasons import KNOWN_REASONS
from l1.domain.session import Walk

_ACCOUNT = SearchAttributeKey.for_keyword("L1Account")
_STATUS = SearchAttributeKey.for_keyword("L1Status")
_KIND = SearchAttributeKey.for_keyword("L1Kind")
_CATEGORY = SearchAttributeKey.for_keyword("L1Category")
_ESCALATED_BECAUSE = SearchAttributeKey.for_keyword("L1EscalatedBecause")
_STALL_DEADLINE = SearchAttributeKey.for_datetime("L1StallDeadline")

KEYWORD: Final = "Keyword"
DATETIME: Final = "Datetime"

SEARCH_ATTRIBUTES: Final[Mapping[str, str]] = {
    _ACCOUNT.name: KEYWORD,
    _STATUS.name: KEYWORD,
    _KIND.name: KEYWORD,
    _CATEGORY.name: KEYWORD,
    _ESCALATED_BECAUSE.name: KEYWORD,
    _STALL_DEADLINE.name: DATETIME,
}
"""Names and types as the Temporal command line writes them."""


def on_start(account_id: UUID) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(_ACCOUNT, str(account_id))])


def on_opening(walk: Walk) -> list[SearchAttributeUpdate[Any]]:
    return [
        _KIND.value_set(walk.session_kind),
        _CATEGORY.value_set(walk.category),
        *on_arming(walk),
        *on_status(walk),
    ]


def on_status(walk: Walk) -> list[SearchAttributeUpdate[Any]]:
    """A reason category that a client made up stays out: it might be a name."""
    updates: list[SearchAttributeUpdate[Any]] = [_STATUS.value_set(walk.status)]
    if walk.escalation is not None:
        because = walk.escalation.reason_category
        updates.append(_ESCALATED_BECAUSE.value_set(because if because in KNOWN_REASONS else "other"))
    if walk.is_closed:
        updates.append(_STALL_DEADLINE.value_unset())
    return updates


def on_arming(walk: Walk) -> list[SearchAttributeUpdate[Any]]:
    """The deadline at the time the timer is armed. Steps move the real one on without an event in the history."""
    return [] if walk.stall_deadline is None else [_STALL_DEADLINE.value_set(walk.stall_deadline)]
