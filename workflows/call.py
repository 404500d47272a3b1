"""The state of an L1Walk, and what changes it: the argument of `run` and of continue-as-new."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from l1.domain.building import NodeBuild
from l1.domain.commands import Body, Command, PlaceNode, Sender
from l1.domain.errors import Problem, SessionClosed
from l1.domain.events import Event, Rejected
from l1.domain.intake import Intake, IntakeResult, Match, Outcome, session_kind_of
from l1.domain.opening import open_walk, result_of
from l1.domain.receipts import INTAKE, Receipt, ReceiptStatus
from l1.domain.session import SYSTEM, SessionKind, TicketRef, Walk
from l1.domain.signals import Signal
from l1.domain.tree import Node
from l1.domain.walk import apply, opened
from workflows.outbox import Outbox

_REMEMBERED_COMMANDS = 500
"""Older ones are in the database, where the API looks first."""


@dataclass(frozen=True)
class Built:
    """A node that is ready to be placed. `may_build_ahead`: its children may be built at once."""

    node: Node
    build: NodeBuild
    may_build_ahead: bool = False


@dataclass(frozen=True)
class Child:
    """What was built ahead for one answer of one node."""

    after_node_id: str
    answer: str
    built: Built


@dataclass
class Call:
    """A call from its intake on: all that its workflow knows, apart from the tasks that it runs.

    A call begins with the first four; `sender` is who took it, under command number one. `seen` has the ids of the
    latest commands, so that one that is sent again is known. `early` are the signals that came before the intake was
    decided, `awaiting_node` the receipts that wait for a node which is being built.
    """

    session_id: UUID
    account_id: UUID
    intake: Intake
    sender: Sender
    walk: Walk | None = None
    outbox: Outbox = field(default_factory=Outbox)
    seen: list[UUID] = field(default_factory=list[UUID])
    early: list[Signal] = field(default_factory=list[Signal])
    awaiting_node: list[Receipt] = field(default_factory=list[Receipt])
    built_ahead: list[Child] = field(default_factory=list[Child])

    @property
    def opened(self) -> Walk:
        if self.walk is None:
            raise RuntimeError("the walk has not been opened yet")
        return self.walk

    def is_new(self, command_id: UUID) -> bool:
        """Tell whether the command came for the first time, and remember it."""
        if command_id == self.sender.id or command_id in self.seen:
            return False
        self.seen.append(command_id)
        del self.seen[:-_REMEMBERED_COMMANDS]
        return True

    def open(self, outcome: Outcome, match: Match, ticket: TicketRef) -> None:
        self.walk = open_walk(
            session_id=self.session_id,
            account_id=self.account_id,
            sender=self.sender,
            intake=self.intake,
            match=match,
            kind=session_kind_of(outcome, match) or SessionKind.NO_WALK,
            ticket=ticket,
        )
        self.outbox.add(opened(self.walk, self.sender))
        self._settle(self._receipt_of_intake(result_of(outcome, match, self.walk), self.walk.revision))

    def decline(self, why: IntakeResult | Problem) -> None:
        """Answer an intake that opens no walk, and every signal that came for one."""
        no_walk = SessionClosed("This call opened no walk.").problem
        self.outbox.settle([self._receipt_of_intake(why)])
        self.outbox.settle(
            Receipt(early.sender.id, early.name, ReceiptStatus.REJECTED, early.sender.fingerprint, None, no_walk)
            for early in self.early
        )

    def answer(self, signal: Signal) -> None:
        """Do what a signal asks for, or say why not."""
        sender = signal.sender
        if isinstance(signal.body, Problem):
            now = max(sender.at, self.opened.last_activity_at)
            event = Event(sender.id, self.opened.revision, now, sender.actor, Rejected(signal.body))
            self.outbox.add(event)
        else:
            event = self.decide(sender, signal.body)
        problem = event.body.problem if isinstance(event.body, Rejected) else None
        status = ReceiptStatus.APPLIED if problem is None else ReceiptStatus.REJECTED
        self._settle(Receipt(event.command_id, signal.name, status, sender.fingerprint, event.revision, problem))

    def place(self, built: Built, at: datetime, *, is_own_decision: bool) -> None:
        sender = Sender(built.build.build_id, at, SYSTEM)
        self.decide(sender, PlaceNode(built.node, built.build), is_own_decision=is_own_decision)

    def decide(self, sender: Sender, body: Body, *, is_own_decision: bool = False) -> Event:
        """Put a command through the domain's table. Nobody waits for the receipt of one of the workflow's own."""
        self.walk, event = apply(self.opened, Command(sender, body))
        self.outbox.add(event, is_own_decision=is_own_decision)
        if self.walk.building is None:
            self.outbox.settle(replace(receipt, revision=self.walk.revision) for receipt in self.awaiting_node)
            self.awaiting_node.clear()
        return event

    def _settle(self, receipt: Receipt) -> None:
        """Give a receipt at once, or with the node that its command waits for."""
        building = self.opened.building
        if building is not None and building.command_id == receipt.command_id:
            self.awaiting_node.append(receipt)
        else:
            self.outbox.settle([receipt])

    def _receipt_of_intake(self, answer: IntakeResult | Problem, revision: int | None = None) -> Receipt:
        if isinstance(answer, Problem):
            return Receipt(self.sender.id, INTAKE, ReceiptStatus.REJECTED, self.sender.fingerprint, problem=answer)
        status = ReceiptStatus.APPLIED
        return Receipt(self.sender.id, INTAKE, status, self.sender.fingerprint, revision, intake=answer)
