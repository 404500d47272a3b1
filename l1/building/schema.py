"""The shape in which a model gives a node."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from l1.domain import limits
from l1.domain.building import ProposedNode
from l1.domain.tree import NodeKind

_REASON = 300
"""Characters of a reason that are kept."""


def _told(**bounds: int) -> Any:
    """Bounds that the model is told, and held to where the provider binds its output to the schema.

    An answer beyond them is read all the same: the guards then name what is too long, which helps the next attempt
    more than an answer that has no shape.
    """
    return Field(json_schema_extra=dict(bounds))


class NodeShape(BaseModel):
    """The next node of the troubleshooting tree."""

    # The reason comes first, so that the model has thought before it writes the step.
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, _told(maxLength=160), Field(description="One short sentence: why this step")]
    kind: NodeKind
    text: Annotated[
        str,
        _told(minLength=10, maxLength=limits.BUILT_QUESTION),
        Field(description="What the technician reads out, in plain words"),
    ]
    answers: Annotated[
        list[Annotated[str, _told(minLength=1, maxLength=limits.BUILT_ANSWER)]],
        _told(maxItems=limits.BUILT_ANSWERS),
        Field(description="Short and different from each other; none for a resolution or an escalation"),
    ]
    disruptive: Annotated[bool, Field(description="Whether the step restarts, deletes or disconnects something")]

    def proposed(self) -> ProposedNode:
        return ProposedNode(
            kind=self.kind,
            text=self.text,
            answers=tuple(self.answers),
            reason=_printable(self.reason)[:_REASON],
            disruptive=self.disruptive,
        )


def _printable(text: str) -> str:
    """The reason passes no guard of shape: no control character of it may reach the database or a screen."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
