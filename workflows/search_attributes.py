"""What a walk can be searched by in Temporal. These values are stored in the clear, so none comes from a customer."""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain.naming import (
    SEARCH_ATTRIBUTE_CATEGORY,
    SEARCH_ATTRIBUTE_ESCALATED_BECAUSE,
    SEARCH_ATTRIBUTE_KIND,
    SEARCH_ATTRIBUTE_STALL_DEADLINE,
    SEARCH_ATTRIBUTE_STATUS,
)
from domain.reasons import KNOWN_REASONS
from domain.session import Walk

_STATUS = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTE_STATUS)
_KIND = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTE_KIND)
_CATEGORY = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTE_CATEGORY)
_ESCALATED_BECAUSE = SearchAttributeKey.for_keyword(SEARCH_ATTRIBUTE_ESCALATED_BECAUSE)
_STALL_DEADLINE = SearchAttributeKey.for_datetime(SEARCH_ATTRIBUTE_STALL_DEADLINE)


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
