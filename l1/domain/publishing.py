"""What of a tree with open branches is published."""

from collections.abc import Sequence
from dataclasses import replace

from l1.domain import limits
from l1.domain.branches import never_solves, publishable
from l1.domain.errors import InvalidFlow
from l1.domain.findings import Fault
from l1.domain.flow_file import FlowInvalid, flow_to_raw, parse_flow
from l1.domain.tree import Flow


def to_publish(flow: Flow) -> Flow:
    """Return the flow as it is published; raises InvalidFlow where its open branches leave too little of it."""
    try:
        whole = parse_flow(flow_to_raw(replace(flow, tree=publishable(flow.tree))), may_be_open=True)
    except FlowInvalid as error:
        raise invalid_flow(error.faults) from error
    if fault := never_solves(whole.tree):
        raise invalid_flow([fault])
    return whole


def invalid_flow(found: Sequence[Fault]) -> InvalidFlow:
    faults = [{"field": fault.place, "message": fault.message} for fault in found[: limits.MOST_FAULTS]]
    detail = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:3])
    return InvalidFlow(detail, errors=faults)
