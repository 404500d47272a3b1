"""Why calls are handed to engineers. Accounts may use categories of their own beside these."""

from collections.abc import Mapping

REASON_STALLED = "stalled"
REASON_CANCELLED = "cancelled"
REASON_LOST = "lost"
REASON_WRONG_FLOW = "wrong_flow"
"""The caller's problem is not the one that the flow is for: matching learns from it."""
NEEDS_ENGINEER = "needs_engineer"
"""That of an escalation whose author names none."""

REASONS: Mapping[str, str] = {
    REASON_STALLED: "Nobody went on with the call",
    REASON_CANCELLED: "Cancelled in Temporal",
    REASON_LOST: "The workflow was lost",
    REASON_WRONG_FLOW: "The flow is for another problem",
    NEEDS_ENGINEER: "Needs an engineer",
    "out_of_scope": "Out of scope",
    "no_flow": "No flow for it",
    "account_access": "Access to an account",
    "approval_needed": "Needs an approval",
    "identity_not_verified": "Identity not verified",
    "onsite_needed": "Somebody must go there",
    "hardware_failure": "Hardware has failed",
    "hardware_fault": "Hardware is faulty",
    "network_fault": "Network fault",
    "service_outage": "A service is down",
    "vendor_needed": "Needs the vendor",
    "supplies": "Supplies are needed",
    "security_incident": "Security incident",
    "safety": "Danger to people",
    "customer_request": "The customer asked for it",
    "time_limit": "Takes too long",
    "other": "Something else",
}
"""Their titles, for people; the first three are given by the product itself."""
KNOWN_REASONS = frozenset(REASONS)
