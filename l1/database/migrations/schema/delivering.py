"""Tables of targets, and of what is delivered to them."""

TABLES = """
CREATE TABLE targets (
    id uuid CONSTRAINT pk_targets PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    events text[],
    tiers integer[],
    roles text[],
    include_details boolean NOT NULL,
    address text NOT NULL,
    secret text,
    previous_secret text,
    previous_until timestamptz,
    rotated_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    disabled_at timestamptz,
    disabled_because text,
    CONSTRAINT ck_targets_kind CHECK (kind IN ('webhook', 'email', 'slack', 'teams')),
    CONSTRAINT ck_targets_webhook_is_signed CHECK ((kind = 'webhook') = (secret IS NOT NULL)),
    CONSTRAINT ck_targets_previous_secret_has_an_end CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
    CONSTRAINT ck_targets_disabled_for_a_reason CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
);
CREATE INDEX ix_targets_account_id_created_at_id ON targets (account_id, created_at, id);

CREATE TABLE deliveries (
    id uuid CONSTRAINT pk_deliveries PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL,
    target_id uuid NOT NULL CONSTRAINT fk_deliveries_target_id_targets REFERENCES targets (id) ON DELETE CASCADE,
    session_id uuid NOT NULL,
    command_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    fault text,
    created_at timestamptz NOT NULL DEFAULT now(),
    queued_at timestamptz NOT NULL DEFAULT now(),
    tried_at timestamptz,
    settled_at timestamptz,
    CONSTRAINT uq_deliveries_target_id_session_id_command_id UNIQUE (target_id, session_id, command_id),
    CONSTRAINT fk_deliveries_session_id_command_id_walk_events
        FOREIGN KEY (session_id, command_id) REFERENCES walk_events (session_id, command_id),
    CONSTRAINT ck_deliveries_status CHECK (status IN ('pending', 'delivered', 'failed')),
    CONSTRAINT ck_deliveries_settled_has_a_time CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX ix_deliveries_account_id_created_at_id ON deliveries (account_id, created_at, id);
CREATE INDEX ix_deliveries_account_id_status_created_at_id ON deliveries (account_id, status, created_at, id);
CREATE INDEX ix_deliveries_pending ON deliveries (session_id, position) WHERE status = 'pending';
"""
