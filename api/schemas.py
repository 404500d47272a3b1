"""Bodies of requests and responses, with the limits of l1.domain.limits and examples that work."""

from abc import abstractmethod
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from l1.domain import commands, limits
from l1.domain.categories import Builder
from l1.domain.intake import NO_CALLS, CustomerCalls, Outcome, OutOfScope
from l1.domain.proposal import ProposalStatus
from l1.domain.receipts import ReceiptStatus
from l1.domain.session import CurrentNode, Escalation, Session, SessionKind, Status
from l1.domain.texts import SLUG_PATTERN, fault_in


def _storable(text: str) -> str:
    if fault := fault_in(text):
        raise ValueError(f"the text {fault}; send it without")
    return text


# The patterns tell clients what is checked here: no NUL, and not white space alone where there must be a text.
_Optional = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(_storable),
    Field(json_schema_extra={"pattern": r"^[^\x00]*$"}),
]
"""A text that may be empty, as forms send it; an empty one counts as none."""
_Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    AfterValidator(_storable),
    Field(json_schema_extra={"pattern": r"^[^\x00]*[^\s\x00][^\x00]*$"}),
]

Problem = Annotated[_Text, StringConstraints(max_length=limits.PROBLEM_STATEMENT)]
CustomerName = Annotated[_Optional, StringConstraints(max_length=limits.CUSTOMER_NAME)]
CustomerContact = Annotated[_Optional, StringConstraints(max_length=limits.CUSTOMER_CONTACT)]
NoteText = Annotated[_Text, StringConstraints(max_length=limits.NOTE)]
OptionalNote = Annotated[_Optional, StringConstraints(max_length=limits.NOTE)]
Answer = Annotated[_Text, StringConstraints(max_length=limits.ANSWER)]
NodeId = Annotated[_Text, StringConstraints(max_length=limits.NODE_ID)]
OptionalNodeId = Annotated[_Optional, StringConstraints(max_length=limits.NODE_ID)]
OptionalNodeText = Annotated[_Optional, StringConstraints(max_length=limits.NODE_TEXT)]
OptionalReason = Annotated[_Optional, StringConstraints(max_length=limits.REASON)]
Reason = Annotated[_Text, StringConstraints(max_length=limits.REASON)]
TargetName = Annotated[_Text, StringConstraints(max_length=limits.TARGET_NAME)]
ReasonCategory = Annotated[
    str,
    StringConstraints(pattern=SLUG_PATTERN, max_length=limits.REASON_CATEGORY),
    Field(examples=["needs_engineer"]),
]
StallLimit = Annotated[float, Field(ge=limits.LEAST_STALL_AFTER, le=limits.MOST_STALL_AFTER)]
Id = Annotated[UUID, Field(strict=False)]


class _Request(BaseModel):
    """A misspelled field is an error: what it held would be lost in silence."""

    model_config = ConfigDict(extra="forbid", strict=True)


class IntakeRequest(_Request):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"problem_statement": "Outlook keeps asking for a password", "customer_name": "Ada Byron"},
            ]
        }
    )

    problem_statement: Problem = Field(description="What the caller says is wrong.")
    customer_name: CustomerName | None = None
    customer_contact: CustomerContact | None = Field(None, description="How to call back: a number or an address.")
    force_build: Annotated[
        bool, Field(description="Build a tree, also where a flow fits. The gate of the category holds.")
    ] = False
    flow_id: Id | None = Field(None, description="Walk this published flow, without matching.")


class CommandRequest(_Request):
    """A body that asks something of a walk."""

    @abstractmethod
    def command(self) -> commands.SignalBody: ...


class StepRequest(CommandRequest):
    node_id: NodeId = Field(examples=["n1"], description="The node that was answered; must be the current one.")
    answer: Answer = Field(examples=["Yes"], description="One of the current node's answers.")
    question: OptionalNodeText | None = Field(None, description="How it was asked, if in other words than the node's.")
    note: OptionalNote | None = None

    def command(self) -> commands.Step:
        return commands.Step(self.node_id, self.answer, self.question or None, self.note or None)


class NextNodeRequest(CommandRequest):
    node_id: NodeId = Field(examples=["n1"])
    answer: Answer = Field(examples=["No change"])
    node_text: OptionalNodeText | None = Field(None, description="How it was asked, if in other words than the node's.")
    note: OptionalNote | None = None

    def command(self) -> commands.Step:
        return commands.Step(self.node_id, self.answer, self.node_text or None, self.note or None)


class NoteItem(_Request):
    text: NoteText = Field(examples=["The caller restarted twice already."])
    node_id: OptionalNodeId | None = Field(None, description="Unset: the current node.")


class NotesRequest(CommandRequest):
    notes: Annotated[list[NoteItem], Field(min_length=1, max_length=limits.NOTES_PER_REQUEST)]

    def command(self) -> commands.TakeNotes:
        return commands.TakeNotes(tuple(commands.NoteText(note.text, note.node_id or None) for note in self.notes))


class ResolveRequest(CommandRequest):
    helpful: bool = Field(examples=[True], description="Whether the walk itself led to the solution.")
    resolution_notes: OptionalNote | None = None

    def command(self) -> commands.Resolve:
        return commands.Resolve(self.helpful, self.resolution_notes or None)


class EscalateRequest(CommandRequest):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason_category": "needs_engineer"}]})

    reason_category: ReasonCategory | None = Field(
        None,
        description="At a node that escalates, the node's own by default; missing elsewhere, 422.",
    )
    reason: OptionalReason | None = None

    def command(self) -> commands.Escalate:
        return commands.Escalate(self.reason_category, self.reason or None)


class EscalateWithoutWalkRequest(_Request):
    problem_statement: Problem = Field(examples=["The server room is on fire"])
    customer_name: CustomerName | None = None
    customer_contact: CustomerContact | None = None
    reason_category: ReasonCategory
    reason: OptionalReason | None = None


class NearMissResponse(BaseModel):
    flow_id: UUID
    title: str
    score: float = Field(description="The probability, 0 to 1, that this flow is the right one.")


class PossibleDuplicateResponse(BaseModel):
    ticket_id: UUID
    session_id: UUID | None = Field(description="Of the ticket's latest walk.")
    status: Status
    opened_at: datetime
    similarity: float = Field(description="0 to 1: how much its problem is like this one.")


class IntakeResponse(BaseModel):
    """`matched` and `build` opened a ticket and a session; `suggest` and `out_of_scope` opened neither."""

    outcome: Outcome
    because: OutOfScope | None = Field(None, description="Why a problem is out of scope.")
    category: str | None = None
    near_miss: list[NearMissResponse] = Field(default_factory=list)
    session_id: UUID | None = None
    session_kind: SessionKind | None = None
    ticket_id: UUID | None = None
    ticket_kind: str | None = None
    flow_id: UUID | None = None
    possible_duplicates: list[PossibleDuplicateResponse] = Field(
        default_factory=list, description="Open tickets of the same caller. They are told, and hinder nothing."
    )
    customer_calls: CustomerCalls = Field(NO_CALLS, description="The earlier calls of the same caller.")
    session: Session | None = None


class NextNodeResponse(BaseModel):
    node: CurrentNode | None = Field(description="None when the call was closed while the node was being built.")
    session: Session


class ReceiptResponse(BaseModel):
    """`problem` tells why a command was rejected; `session` is as an applied command left it."""

    command_id: UUID
    session_id: UUID
    kind: str
    status: ReceiptStatus
    problem: dict[str, Any] | None = None
    intake: IntakeResponse | None = None
    session: Session | None = None


class AcceptedResponse(BaseModel):
    """The command is stored and will be applied exactly once. Ask at `receipt` how it went."""

    status: ReceiptStatus = ReceiptStatus.PENDING
    command_id: UUID
    session_id: UUID
    receipt: str = Field(description="Address of the receipt.")


class PersonResponse(BaseModel):
    id: str
    name: str | None


Searched = Annotated[_Optional, StringConstraints(max_length=limits.SEARCH)]


class QueueItem(BaseModel):
    ticket_id: UUID
    ticket_number: str = Field(examples=["T-1042"], description="To be said on the telephone.")
    ticket_kind: str
    problem_statement: str
    customer_name: str | None
    status: Status
    category: str | None = Field(description="Null while the call is being opened.")
    created_at: datetime
    stall_deadline: datetime | None = Field(description="When the call escalates itself; null once it is closed.")
    escalation: Escalation | None = Field(description="Why it was escalated, when and by whom.")
    session_id: UUID | None = Field(description="Of the ticket's latest walk.")
    owner: PersonResponse | None = Field(description="Who took the call.")
    presence: list[PersonResponse] = Field(description="Who has its session open.")


class TicketResponse(BaseModel):
    ticket_id: UUID
    ticket_number: str
    ticket_kind: str
    problem_statement: str
    customer_name: str | None
    customer_contact: str | None
    status: Status
    created_at: datetime
    sessions: list[Session]


class ReasonResponse(BaseModel):
    slug: str
    title: str


class EscalationItem(BaseModel):
    session: Session
    customer_contact: str | None
    owner: PersonResponse
    waiting_seconds: float = Field(description="Since the call was escalated.")


def _stays(schema: dict[str, Any]) -> None:
    """A field that is left out has no default: what it names stays as it is."""
    schema.pop("default", None)


class CategoryItem(_Request):
    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=64)]
    builder: Builder = Field(
        default=Builder.OFF,
        strict=False,  # JSON has no enums
        json_schema_extra=_stays,
        description="What builds its trees. `model`: a language model where one is configured, else the playbook; "
        "`off`: nothing, its problems are out of scope where no flow fits. Left out: stays as it is.",
    )
    stall_after: StallLimit | None = Field(
        None,
        json_schema_extra=_stays,
        description="Seconds a call of this category may be quiet. Null: the account's limit; left out: stays.",
    )


class CategoriesBody(_Request):
    """Changes what it names, and nothing else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "stall_after": 1800,
                    "walk_proposals": False,
                    "categories": [{"category": "email", "builder": "playbook", "stall_after": 900}],
                }
            ]
        }
    )

    stall_after: StallLimit | None = Field(
        None,
        json_schema_extra=_stays,
        description="Seconds any call of the account may be quiet. Null: the installation's limit; left out: stays.",
    )
    walk_proposals: bool = Field(
        default=False,
        json_schema_extra=_stays,
        description="Whether calls may walk proposals that nobody has reviewed yet. Left out: stays as it is.",
    )
    escalate_unconfirmed: bool = Field(
        default=False,
        json_schema_extra=_stays,
        description="Whether a call that is forgotten at a node that solves the problem is escalated at its limit. If "
        "not, it is closed as resolved, `helpful` null, by `timeout`. Left out: stays as it is.",
    )
    categories: Annotated[list[CategoryItem], Field(max_length=200)] = Field(default_factory=list)


class CategoryResponse(BaseModel):
    category: str
    title: str
    builder: Builder
    stall_after: float | None


class CategoriesResponse(BaseModel):
    stall_after: float | None
    walk_proposals: bool
    escalate_unconfirmed: bool
    categories: list[CategoryResponse]


class FlowResponse(BaseModel):
    """`version` is the live one of a published flow, else the draft's. `shared`: it belongs to all accounts."""

    id: UUID
    slug: str
    title: str
    category: str
    status: str = Field(description="draft or published", examples=["published"])
    version: int
    draft_version: int | None
    shared: bool
    created_at: datetime


class FlowDetailResponse(FlowResponse):
    flow: dict[str, Any] = Field(description="The flow file of `version`.")


class ExemplarResponse(BaseModel):
    """What a call has taught about a flow, for matching the calls to come."""

    id: UUID
    statement: str = Field(description="What the caller said was wrong.")
    confirms: bool = Field(description="Whether the flow led to the solution; false: it was the wrong one.")
    session_id: UUID
    learned_at: datetime


class ProposalItem(BaseModel):
    id: UUID
    status: ProposalStatus
    category: str
    slug: str
    title: str
    revision: int
    created_at: datetime
    updated_at: datetime
    call_count: int = Field(description="Calls behind it, those included that it did not help.")
    helped_count: int
    open_branch_count: int


class ProposalResponse(BaseModel):
    """A tree that was built in calls and helped, for engineers to decide on."""

    id: UUID
    status: ProposalStatus
    category: str
    slug: str
    title: str
    description: str
    keywords: list[str]
    revision: int
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    edited_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    reject_reason: str | None
    flow_id: UUID | None = Field(description="The flow that it was published as.")
    flow_version: int | None


class OpenBranchResponse(BaseModel):
    node_id: str
    answer: str


class NodeCountResponse(BaseModel):
    walked: int = Field(description="Calls that went through the node.")
    helped: int = Field(description="Of these, calls that the walk has helped.")


class ProposalCallResponse(BaseModel):
    """`path`: the proposal's nodes that the call went through; `at`: when something last happened in it."""

    session_id: UUID
    ticket_id: UUID
    problem_statement: str
    owner: PersonResponse
    status: Status
    resolution_notes: str | None
    at: datetime
    helped: bool
    joined: bool = Field(description="Whether what it walked is part of the tree; else it only counts.")
    path: list[str]


class ProposalDetailResponse(ProposalResponse):
    flow: dict[str, Any] = Field(description="As a flow file. An answer whose branch is open leads to null.")
    open_branches: list[OpenBranchResponse]
    nodes: dict[str, NodeCountResponse] = Field(description="For each node of the flow, counted over all calls.")
    calls: list[ProposalCallResponse] = Field(description="The latest, at most 200, latest first.")


class RejectRequest(_Request):
    reason: Reason = Field(examples=["The flow for printers covers it."])


class UsageResponse(BaseModel):
    """What building by a language model took on one day, in UTC."""

    day: date
    calls: int = Field(description="Calls of the model, attempts that were of no use included.")
    unsettled: int = Field(description="Of these, calls whose tokens are not known, or not yet.")
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = Field(description="Null where no price is known.")
    nodes_shown: int = Field(description="Nodes that the model built and that were asked.")
    built_ahead: int = Field(description="Nodes begun before the answer that leads to them.")
    ahead_used: int = Field(description="Of these, nodes that were asked.")
    ahead_discarded: int = Field(description="Of these, nodes that the call went past.")
    fell_back: dict[str, int] = Field(description="How often the model built no node, by reason.")
