"""Why calls are handed to engineers. Accounts may use categories of their own beside these."""

from domain.session import REASON_CANCELLED, REASON_LOST, REASON_STALLED

KNOWN_REASONS = frozenset(
    {
        REASON_STALLED,
        REASON_CANCELLED,
        REASON_LOST,
        "needs_engineer",
        "wrong_flow",
        "out_of_scope",
        "no_flow",
        "access_required",
        "onsite_required",
        "hardware_failure",
        "vendor_required",
        "security_incident",
        "outage",
        "customer_request",
        "time_limit",
        "other",
    }
)
