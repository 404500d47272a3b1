"""Why calls are handed to engineers. Accounts may use categories of their own beside these."""

REASON_STALLED = "stalled"
REASON_CANCELLED = "cancelled"
REASON_LOST = "lost"
REASON_WRONG_FLOW = "wrong_flow"
"""The caller's problem is not the one that the flow is for: matching learns from it."""
NEEDS_ENGINEER = "needs_engineer"
"""That of an escalation whose author names none."""

KNOWN_REASONS = frozenset(
    {
        REASON_STALLED,
        REASON_CANCELLED,
        REASON_LOST,
        REASON_WRONG_FLOW,
        NEEDS_ENGINEER,
        "out_of_scope",
        "no_flow",
        "account_access",
        "approval_needed",
        "identity_not_verified",
        "onsite_needed",
        "hardware_failure",
        "hardware_fault",
        "network_fault",
        "service_outage",
        "vendor_needed",
        "supplies",
        "security_incident",
        "safety",
        "customer_request",
        "time_limit",
        "other",
    }
)
