"""Event streams: what happens to calls, sent to whoever looks on, while it happens."""
