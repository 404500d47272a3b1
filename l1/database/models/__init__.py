"""The tables, with every constraint and index and what would go wrong without it.

The migration makes the same in SQL, and beside it what a model cannot say: functions, triggers, policies and grants. A
test holds the two against each other.
"""

from l1.database.models.accounts import AccountRow, CategoryRow
from l1.database.models.base import Base
from l1.database.models.building import ModelCallRow, ProposalCallRow, ProposalRow
from l1.database.models.calls import (
    IdempotentResponseRow,
    ReceiptRow,
    TicketNumberRow,
    TicketRow,
    TicketVectorsRow,
    WalkEventRow,
    WalkRow,
)
from l1.database.models.delivering import DeliveryRow, TargetRow
from l1.database.models.library import ExemplarRow, FlowRow, FlowVectorsRow, FlowVersionRow, MatchingWorkerRow
from l1.database.models.live import PresenceRow

__all__ = [
    "AccountRow",
    "Base",
    "CategoryRow",
    "DeliveryRow",
    "ExemplarRow",
    "FlowRow",
    "FlowVectorsRow",
    "FlowVersionRow",
    "IdempotentResponseRow",
    "MatchingWorkerRow",
    "ModelCallRow",
    "PresenceRow",
    "ProposalCallRow",
    "ProposalRow",
    "ReceiptRow",
    "TargetRow",
    "TicketNumberRow",
    "TicketRow",
    "TicketVectorsRow",
    "WalkEventRow",
    "WalkRow",
]
