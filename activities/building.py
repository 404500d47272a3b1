"""Building the next node of a tree while the call goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import BUILD_NODE, BuildNode
from activities.ports import CannotBuildError, NodeBuilder
from domain.playbook import Playbook, next_node
from domain.tree import Node


@dataclass(frozen=True)
class BuildingActivities:
    builder: NodeBuilder

    @activity.defn(name=BUILD_NODE)
    async def build_node(self, request: BuildNode) -> Node:
        """Build a node. The failure type `CannotBuild` is final; the workflow then goes on without the builder."""
        try:
            return await self.builder.build(request)
        except CannotBuildError as error:
            raise ApplicationError(str(error), type="CannotBuild", non_retryable=True) from error


@dataclass(frozen=True)
class PlaybookBuilder:
    """Asks the checks of the category's playbook, one at a time."""

    playbooks: Mapping[str, Playbook]

    async def build(self, request: BuildNode) -> Node:
        return next_node(
            self.playbooks.get(request.category), request.problem_statement, request.asked, request.node_id
        )
