"""Calls: flows, tickets, walks with their events and receipts, and who may see them.

Every table belongs to the role that runs the migration. The application works as `l1_app`, which owns nothing, so that
row-level security holds for it: a query that forgets its account finds no rows instead of another account's.
"""

from alembic import op

from l1.database.migrations.script import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SCOPED = (
    "categories",
    "account_settings",
    "tickets",
    "walks",
    "walk_events",
    "receipts",
    "idempotent_answers",
)

_TABLES = """
-- Columns of JSON are json, not jsonb, which sorts the keys of an object: answers are shown in their author's order.
CREATE TABLE flows (
    id uuid CONSTRAINT pk_flows PRIMARY KEY,
    account_id uuid,
    slug text NOT NULL,
    live_version integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Two flows of one slug would make a second POST of a file a coin toss instead of a new draft.
    CONSTRAINT uq_flows_account_id_slug UNIQUE NULLS NOT DISTINCT (account_id, slug)
);

CREATE TABLE flow_versions (
    flow_id uuid NOT NULL CONSTRAINT fk_flow_versions_flow_id_flows REFERENCES flows (id),
    version integer NOT NULL,
    account_id uuid,
    title text NOT NULL,
    category text NOT NULL,
    content json NOT NULL,
    search_title text NOT NULL,
    search_body text NOT NULL,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', search_title), 'A') || setweight(to_tsvector('english', search_body), 'C')
    ) STORED,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    published_at timestamptz,
    published_by text,
    CONSTRAINT pk_flow_versions PRIMARY KEY (flow_id, version),
    CONSTRAINT ck_flow_versions_version_counts_from_one CHECK (version >= 1)
);

-- A second draft would leave it open which of the two the next publish freezes.
CREATE UNIQUE INDEX ix_flow_versions_one_draft ON flow_versions (flow_id) WHERE published_at IS NULL;
CREATE INDEX ix_flow_versions_search ON flow_versions USING gin (search);

-- A live version that does not exist would start walks on nothing.
ALTER TABLE flows ADD CONSTRAINT fk_flows_live_version_flow_versions
    FOREIGN KEY (id, live_version) REFERENCES flow_versions (flow_id, version);

CREATE TABLE categories (
    account_id uuid NOT NULL,
    category text NOT NULL,
    may_build boolean NOT NULL,
    stall_after double precision,
    CONSTRAINT pk_categories PRIMARY KEY (account_id, category),
    -- A limit of nothing would escalate every call before the technician can read the first question.
    CONSTRAINT ck_categories_stall_after_is_time CHECK (stall_after > 0)
);

CREATE TABLE account_settings (
    account_id uuid CONSTRAINT pk_account_settings PRIMARY KEY,
    stall_after double precision,
    CONSTRAINT ck_account_settings_stall_after_is_time CHECK (stall_after > 0)
);

CREATE TABLE tickets (
    id uuid CONSTRAINT pk_tickets PRIMARY KEY,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    problem_statement text NOT NULL,
    customer_name text,
    customer_contact text,
    status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_tickets_status CHECK (status IN ('active', 'resolved', 'escalated'))
);
CREATE INDEX ix_tickets_account_id_created_at ON tickets (account_id, created_at DESC, id);

CREATE TABLE walks (
    session_id uuid CONSTRAINT pk_walks PRIMARY KEY,
    account_id uuid NOT NULL,
    ticket_id uuid NOT NULL CONSTRAINT fk_walks_ticket_id_tickets REFERENCES tickets (id),
    kind text NOT NULL,
    status text NOT NULL,
    category text NOT NULL,
    flow_id uuid,
    flow_version integer,
    revision integer NOT NULL,
    started_at timestamptz NOT NULL,
    last_activity_at timestamptz NOT NULL,
    stall_deadline timestamptz,
    escalated_at timestamptz,
    technician_id text NOT NULL,
    technician_name text,
    session json NOT NULL,
    CONSTRAINT ck_walks_kind CHECK (kind IN ('flow', 'proposal', 'ai_build', 'no_walk')),
    CONSTRAINT ck_walks_status CHECK (status IN ('active', 'resolved', 'escalated')),
    -- An open call without a deadline is one that nobody will ever be told about.
    CONSTRAINT ck_walks_open_has_a_deadline CHECK ((status = 'active') = (stall_deadline IS NOT NULL)),
    -- An escalation without a time could not be found in the hand-off queue, which is read oldest first.
    CONSTRAINT ck_walks_escalated_has_a_time CHECK ((status = 'escalated') = (escalated_at IS NOT NULL)),
    -- The version that a walk is pinned to must outlive it.
    CONSTRAINT fk_walks_flow_id_flow_version_flow_versions
        FOREIGN KEY (flow_id, flow_version) REFERENCES flow_versions (flow_id, version)
);
-- Two open walks of one ticket would close it twice, and tell two engineers two stories.
CREATE UNIQUE INDEX ix_walks_one_open_a_ticket ON walks (ticket_id) WHERE status = 'active';
CREATE INDEX ix_walks_ticket_id ON walks (ticket_id);
CREATE INDEX ix_walks_open ON walks (account_id, started_at DESC) WHERE status = 'active';
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
    CONSTRAINT pk_walk_events PRIMARY KEY (session_id, position),
    -- The last line of "exactly once": a command that comes again, by whatever way, cannot have a second effect.
    CONSTRAINT uq_walk_events_session_id_command_id UNIQUE (session_id, command_id)
);
-- Two changes with one revision would be two truths about one walk.
CREATE UNIQUE INDEX ix_walk_events_one_change_a_revision ON walk_events (session_id, revision)
    WHERE kind <> 'rejected';

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

CREATE TABLE idempotent_answers (
    key_id uuid CONSTRAINT pk_idempotent_answers PRIMARY KEY,
    account_id uuid NOT NULL,
    fingerprint text NOT NULL,
    body json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

_GUARDS = """
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('l1.account_id', true), '')::uuid $$;

-- Walks are pinned to a published version: changed under them, yesterday's call would tell what nobody was asked.
CREATE FUNCTION keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of flow % is published and never changes', OLD.version, OLD.flow_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_published_version BEFORE UPDATE OR DELETE ON flow_versions
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION keep_published_version();

-- The history of a call is what an engineer, and an auditor, relies on.
CREATE FUNCTION keep_walk_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'walk_events only ever grows' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_walk_events BEFORE UPDATE OR DELETE ON walk_events
    FOR EACH ROW EXECUTE FUNCTION keep_walk_events();

-- Whoever waits for a receipt is told in the moment in which it can be read.
CREATE FUNCTION tell_of_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_receipts', NEW.command_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_receipt AFTER INSERT OR UPDATE ON receipts
    FOR EACH ROW WHEN (NEW.status <> 'pending') EXECUTE FUNCTION tell_of_receipt();

-- What the reconciler needs of every account, and no more: whose calls have been quiet, and which receipts are still
-- awaited. It runs with its owner's rights because no single account may see it.
CREATE FUNCTION quiet_calls(quiet_for double precision)
    RETURNS TABLE (account_id uuid, session_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT walks.account_id, walks.session_id FROM public.walks
        WHERE walks.status = 'active' AND walks.last_activity_at < now() - make_interval(secs => quiet_for)
    UNION
    SELECT receipts.account_id, receipts.session_id FROM public.receipts
        WHERE receipts.status = 'pending' AND receipts.created_at < now() - make_interval(secs => quiet_for)
$$;
REVOKE EXECUTE ON FUNCTION quiet_calls(double precision) FROM PUBLIC;
"""

_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'l1_app') THEN
        CREATE ROLE l1_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
    END IF;
    -- With one URL for everything, the application logs in as this role and then becomes l1_app.
    IF NOT pg_has_role(current_user, 'l1_app', 'SET') THEN
        EXECUTE format('GRANT l1_app TO %I', current_user);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    -- Somebody else made l1_app: then the application logs in as l1_app itself, and this role need not become it.
    RAISE NOTICE 'role % may not become l1_app', current_user;
END $$;
GRANT USAGE ON SCHEMA public TO l1_app;
GRANT SELECT, INSERT, UPDATE ON flows, categories, account_settings, tickets, walks, receipts TO l1_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_versions TO l1_app;
GRANT SELECT, INSERT ON walk_events, idempotent_answers TO l1_app;
GRANT EXECUTE ON FUNCTION quiet_calls(double precision) TO l1_app;
"""


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for script in (_TABLES, _GUARDS, _ROLE):
        run(script)
    for table in _SCOPED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_account ON {table} USING (account_id = current_account()) "
            "WITH CHECK (account_id = current_account())"
        )
    for table in ("flows", "flow_versions"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # Everybody walks the shared flows; only the owner of the schema, through `l1`, writes them.
        op.execute(
            f"CREATE POLICY read_own_and_shared ON {table} FOR SELECT "
            "USING (account_id = current_account() OR account_id IS NULL)"
        )
        op.execute(
            f"CREATE POLICY write_own ON {table} USING (account_id = current_account()) "
            "WITH CHECK (account_id = current_account())"
        )


def downgrade() -> None:
    op.execute("DROP FUNCTION quiet_calls(double precision)")
    op.execute(
        "DROP TABLE idempotent_answers, receipts, walk_events, walks, tickets, account_settings, categories CASCADE"
    )
    op.execute("DROP TABLE flow_versions, flows CASCADE")
    op.execute("DROP FUNCTION keep_published_version(), keep_walk_events(), tell_of_receipt(), current_account()")
