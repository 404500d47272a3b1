"""Why calls are handed to engineers. Accounts may use categories of their own beside these."""

from l1.domain.session import REASON_CANCELLED, REASON_LOST, REASON_STALLED, REASON_WRONG_FLOW

KNOWN_REASONS = frozenset(
    {
        REASON_STALLED,
        REASON_CANCELLED,
        REASON_LOST,
        REASON_WRONG_FLOW,
        "needs_engineer",
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
