"""What stands in the way of a connection to Temporal. Apart from it, so that `l1 --help` loads no SDK."""


class TemporalMisconfiguredError(Exception):
    """TEMPORAL_* or its file cannot be used. The message says why."""


class TemporalUnreachableError(Exception):
    """No server answers. The message says where, and what to do."""
