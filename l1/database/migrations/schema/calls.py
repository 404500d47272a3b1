"""Tables of tickets, walks, and what was asked of them."""

TICKETS = """
CREATE TABLE ticket_numbers (
    account_id uuid CONSTRAINT pk_ticket_numbers PRIMARY KEY,
    last integer NOT NULL
);

CREATE TABLE tickets (
    id uuid CONSTRAINT pk_tickets PRIMARY KEY,
    account_id uuid NOT NULL,
    number integer NOT NULL,
    kind text NOT NULL,
    problem_statement text NOT NULL,
    customer_name text,
    customer_contact text,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    customer_name_key text GENERATED ALWAYS AS (name_key(customer_name)) STORED,
    customer_contact_key text GENERATED ALWAYS AS (contact_key(customer_contact)) STORED,
    search tsvector GENERATED ALWAYS AS (
        ticket_words(number, problem_statement, customer_name, customer_contact)
    ) STORED,
    CONSTRAINT ck_tickets_status CHECK (status IN ('active', 'resolved', 'escalated')),
    CONSTRAINT uq_tickets_account_id_number UNIQUE (account_id, number)
);
CREATE INDEX ix_tickets_account_id_created_at_id ON tickets (account_id, created_at, id);
CREATE INDEX ix_tickets_search ON tickets USING gin (search);
CREATE INDEX ix_tickets_account_id_customer_name_key ON tickets (account_id, customer_name_key);
CREATE INDEX ix_tickets_account_id_customer_contact_key ON tickets (account_id, customer_contact_key);

CREATE TABLE ticket_vectors (
    ticket_id uuid CONSTRAINT pk_ticket_vectors PRIMARY KEY
        CONSTRAINT fk_ticket_vectors_ticket_id_tickets REFERENCES tickets (id) ON DELETE CASCADE,
    account_id uuid NOT NULL,
    embedder text NOT NULL,
    rows integer NOT NULL,
    packed bytea NOT NULL
);
"""

WALKS = """
CREATE TABLE walks (
    session_id uuid CONSTRAINT pk_walks PRIMARY KEY,
    account_id uuid NOT NULL,
    ticket_id uuid NOT NULL CONSTRAINT fk_walks_ticket_id_tickets REFERENCES tickets (id),
    kind text NOT NULL,
    status text NOT NULL,
    category text NOT NULL,
    flow_id uuid,
    flow_version integer,
    flow_proposal_id uuid CONSTRAINT fk_walks_flow_proposal_id_flow_proposals REFERENCES flow_proposals (id),
    revision integer NOT NULL,
    started_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    stall_deadline timestamptz,
    escalated_at timestamptz,
    owner_id text NOT NULL,
    owner_name text,
    session json NOT NULL,
    search tsvector GENERATED ALWAYS AS (session_words(session)) STORED,
    CONSTRAINT ck_walks_kind CHECK (kind IN ('flow', 'proposal', 'ai_build', 'no_walk')),
    CONSTRAINT ck_walks_status CHECK (status IN ('active', 'resolved', 'escalated')),
    CONSTRAINT ck_walks_open_has_a_deadline CHECK ((status = 'active') = (stall_deadline IS NOT NULL)),
    CONSTRAINT ck_walks_escalated_has_a_time CHECK ((status = 'escalated') = (escalated_at IS NOT NULL)),
    CONSTRAINT ck_walks_proposal_is_named CHECK (kind <> 'proposal' OR flow_proposal_id IS NOT NULL),
    CONSTRAINT fk_walks_flow_id_flow_version_flow_versions
        FOREIGN KEY (flow_id, flow_version) REFERENCES flow_versions (flow_id, version)
);
CREATE UNIQUE INDEX ix_walks_one_open_a_ticket ON walks (ticket_id) WHERE status = 'active';
CREATE INDEX ix_walks_ticket_id ON walks (ticket_id);
CREATE INDEX ix_walks_account_id_started_at_session_id ON walks (account_id, started_at, session_id);
CREATE INDEX ix_walks_search ON walks USING gin (search);
CREATE INDEX ix_walks_open ON walks (account_id, owner_id) WHERE status = 'active';
CREATE INDEX ix_walks_escalated ON walks (account_id, escalated_at, session_id) WHERE status = 'escalated';

CREATE TABLE walk_events (
    session_id uuid NOT NULL CONSTRAINT fk_walk_events_session_id_walks REFERENCES walks (session_id) DEFERRABLE
        INITIALLY DEFERRED,
    position integer NOT NULL,
    account_id uuid NOT NULL,
    command_id uuid NOT NULL,
    revision integer NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    actor_id text NOT NULL,
    actor_name text,
    body json NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT pk_walk_events PRIMARY KEY (session_id, position),
    CONSTRAINT uq_walk_events_session_id_command_id UNIQUE (session_id, command_id)
);
CREATE UNIQUE INDEX ix_walk_events_one_change_a_revision ON walk_events (session_id, revision)
    WHERE kind <> 'rejected';
CREATE INDEX ix_walk_events_feed ON walk_events (account_id, xid, seq) WHERE kind <> 'rejected';

CREATE TABLE receipts (
    session_id uuid NOT NULL,
    command_id uuid NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    fingerprint text,
    revision integer,
    result json,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    CONSTRAINT pk_receipts PRIMARY KEY (session_id, command_id),
    CONSTRAINT ck_receipts_status CHECK (status IN ('pending', 'applied', 'rejected')),
    CONSTRAINT ck_receipts_settled_has_a_time CHECK ((status = 'pending') = (settled_at IS NULL))
);
CREATE INDEX ix_receipts_pending ON receipts (created_at) WHERE status = 'pending';

CREATE TABLE idempotent_responses (
    key_id uuid CONSTRAINT pk_idempotent_responses PRIMARY KEY,
    account_id uuid NOT NULL,
    fingerprint text NOT NULL,
    body json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""
