"""All tables, who may see what in them, and who is told of a change.

Constraints and indexes are those of `l1.database.models`, which give their reasons; here are those of functions,
triggers, policies and grants.

Every table belongs to the role that runs the migration. The application works as `l1_app`, which owns nothing, so that
row-level security holds for it: a query that forgets its account finds no rows instead of another account's.
"""

from alembic import op

from l1.database.migrations.script import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_OF_ONE_ACCOUNT = (
    "categories",
    "account_settings",
    "ticket_numbers",
    "tickets",
    "ticket_vectors",
    "walks",
    "walk_events",
    "receipts",
    "idempotent_responses",
    "exemplars",
    "model_calls",
    "flow_proposals",
    "proposal_calls",
)

_CALLER_KEYS = r"""
-- How callers are told apart: by the name without regard to case and spaces, by the mail address, or by the end of the
-- number, which is the same with and without the country's code. Fewer than six digits are an extension, which many
-- callers share. Used by columns of tickets and by the query that compares with them, so that both say the same.
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(lower(btrim(regexp_replace(name, '\s+', ' ', 'g'))), '');
CREATE FUNCTION contact_key(contact text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN contact LIKE '%@%' THEN lower(btrim(contact, E' \t\r\n'))
        WHEN length(regexp_replace(contact, '[^0-9]', '', 'g')) >= 6
            THEN right(regexp_replace(contact, '[^0-9]', '', 'g'), 9)
    END;
"""

_SEARCH = r"""
-- What the search over calls reads of a text: letters without accents and digits, everything else a space, so that
-- PostgreSQL's parser makes no addresses, paths or signed numbers of it, and "Byron" is found in "a.byron@example.com".
-- Cut before and after, as one character may become eighteen (U+FDFA): a tsvector takes 1 MiB, and a walk that has more
-- could not be recorded.
CREATE FUNCTION search_text(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(regexp_replace(
        regexp_replace(normalize(left(words, 30000), NFKD), '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ), 60000);

-- Every word of a query, as the beginning of one: people look at what is found while they type. Null without a word,
-- which finds nothing.
CREATE FUNCTION search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT to_tsquery('simple', string_agg(quote_literal(word) || ':*', ' & '))
        FROM regexp_split_to_table(search_text(words), ' ') AS word WHERE word <> ''
    );

-- Without stemming and stop words: names have neither.
CREATE FUNCTION ticket_words(number integer, problem text, customer_name text, customer_contact text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple', search_text(
        'T-' || number || ' T' || number || ' ' || coalesce(customer_name, '') || ' '
        || coalesce(customer_contact, '') || ' ' || problem
    ));

-- The same of a call with what was noted in it; `session` is l1.domain.session.Session as JSON.
CREATE FUNCTION session_words(session json) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple', search_text(
        coalesce(session ->> 'ticket_number', '') || ' ' || replace(coalesce(session ->> 'ticket_number', ''), '-', '')
        || ' ' || coalesce(session ->> 'customer_name', '') || ' ' || coalesce(session ->> 'customer_contact', '')
        || ' ' || coalesce(session ->> 'problem_statement', '')
        || ' ' || coalesce(session -> 'resolution' ->> 'notes', '')
        || ' ' || coalesce(session -> 'escalation' ->> 'reason', '')
        || ' ' || coalesce(
            (SELECT string_agg(note ->> 'text', ' ') FROM json_array_elements(session -> 'walk_notes') AS note), ''
        )
        || ' ' || coalesce(
            (SELECT string_agg(step ->> 'note', ' ') FROM json_array_elements(session -> 'walked_path') AS step), ''
        )
    ));
"""

_LIBRARY = r"""
CREATE TABLE flows (
    id uuid CONSTRAINT pk_flows PRIMARY KEY,
    account_id uuid,
    slug text NOT NULL,
    live_version integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_flows_account_id_slug UNIQUE NULLS NOT DISTINCT (account_id, slug)
);

CREATE TABLE flow_versions (
    flow_id uuid NOT NULL CONSTRAINT fk_flow_versions_flow_id_flows REFERENCES flows (id),
    version integer NOT NULL,
    account_id uuid,
    title text NOT NULL,
    category text NOT NULL,
    content json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    published_at timestamptz,
    published_by text,
    CONSTRAINT pk_flow_versions PRIMARY KEY (flow_id, version),
    CONSTRAINT ck_flow_versions_version_counts_from_one CHECK (version >= 1)
);
CREATE UNIQUE INDEX ix_flow_versions_one_draft ON flow_versions (flow_id) WHERE published_at IS NULL;

ALTER TABLE flows ADD CONSTRAINT fk_flows_id_live_version_flow_versions
    FOREIGN KEY (id, live_version) REFERENCES flow_versions (flow_id, version);

CREATE TABLE flow_vectors (
    flow_id uuid NOT NULL,
    version integer NOT NULL,
    embedder text NOT NULL,
    account_id uuid,
    vectors bytea NOT NULL,
    CONSTRAINT pk_flow_vectors PRIMARY KEY (flow_id, version, embedder),
    CONSTRAINT fk_flow_vectors_flow_id_version_flow_versions
        FOREIGN KEY (flow_id, version) REFERENCES flow_versions (flow_id, version) ON DELETE CASCADE
);

CREATE TABLE exemplars (
    id uuid CONSTRAINT pk_exemplars PRIMARY KEY,
    account_id uuid NOT NULL,
    flow_id uuid NOT NULL CONSTRAINT fk_exemplars_flow_id_flows REFERENCES flows (id),
    session_id uuid NOT NULL,
    statement text NOT NULL,
    confirms boolean NOT NULL,
    learned_at timestamptz NOT NULL DEFAULT now(),
    embedder text,
    vector bytea,
    statement_key text NOT NULL GENERATED ALWAYS AS (
        md5(lower(btrim(regexp_replace(statement, '\s+', ' ', 'g'))))
    ) STORED,
    CONSTRAINT uq_exemplars_session_id UNIQUE (session_id),
    CONSTRAINT uq_exemplars_account_id_flow_id_confirms_statement_key
        UNIQUE (account_id, flow_id, confirms, statement_key),
    CONSTRAINT ck_exemplars_vector_names_its_embedder CHECK ((embedder IS NULL) = (vector IS NULL))
);

CREATE TABLE matching_workers (
    worker text CONSTRAINT pk_matching_workers PRIMARY KEY,
    embedder text,
    flows integer NOT NULL,
    pending integer NOT NULL,
    seen_at timestamptz NOT NULL
);
"""

_ACCOUNTS = """
CREATE TABLE categories (
    account_id uuid NOT NULL,
    category text NOT NULL,
    builder text NOT NULL,
    stall_after double precision,
    CONSTRAINT pk_categories PRIMARY KEY (account_id, category),
    CONSTRAINT ck_categories_builder CHECK (builder IN ('off', 'playbook', 'model')),
    CONSTRAINT ck_categories_stall_after_is_time CHECK (stall_after > 0)
);

CREATE TABLE account_settings (
    account_id uuid CONSTRAINT pk_account_settings PRIMARY KEY,
    stall_after double precision,
    walk_proposals boolean NOT NULL DEFAULT false,
    escalate_unconfirmed boolean NOT NULL DEFAULT false,
    CONSTRAINT ck_account_settings_stall_after_is_time CHECK (stall_after > 0)
);
"""

_PROPOSALS = """
CREATE TABLE flow_proposals (
    id uuid CONSTRAINT pk_flow_proposals PRIMARY KEY,
    account_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'open',
    category text NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    description text NOT NULL DEFAULT '',
    keywords json NOT NULL DEFAULT '[]',
    tree json NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    edited_by text,
    decided_at timestamptz,
    decided_by text,
    reject_reason text,
    flow_id uuid,
    flow_version integer,
    CONSTRAINT ck_flow_proposals_status CHECK (status IN ('open', 'published', 'rejected')),
    CONSTRAINT ck_flow_proposals_edited_by_somebody CHECK ((edited_at IS NULL) = (edited_by IS NULL)),
    CONSTRAINT ck_flow_proposals_decided_by_somebody CHECK (
        (status = 'open') = (decided_at IS NULL) AND (status = 'open') = (decided_by IS NULL)
    ),
    CONSTRAINT ck_flow_proposals_rejected_for_a_reason CHECK ((status = 'rejected') = (reject_reason IS NOT NULL)),
    CONSTRAINT ck_flow_proposals_published_as_a_version CHECK (
        (status = 'published') = (flow_id IS NOT NULL) AND (status = 'published') = (flow_version IS NOT NULL)
    ),
    CONSTRAINT fk_flow_proposals_flow_id_flow_version_flow_versions
        FOREIGN KEY (flow_id, flow_version) REFERENCES flow_versions (flow_id, version)
);
CREATE INDEX ix_flow_proposals_account_id_status_created_at ON flow_proposals (account_id, status, created_at DESC);
"""

_CALLS = """
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
    CONSTRAINT pk_walk_events PRIMARY KEY (session_id, position),
    CONSTRAINT uq_walk_events_session_id_command_id UNIQUE (session_id, command_id)
);
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

CREATE TABLE idempotent_responses (
    key_id uuid CONSTRAINT pk_idempotent_responses PRIMARY KEY,
    account_id uuid NOT NULL,
    fingerprint text NOT NULL,
    body json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

_BUILDING = """
CREATE TABLE model_calls (
    id uuid CONSTRAINT pk_model_calls PRIMARY KEY,
    build_id uuid NOT NULL,
    account_id uuid NOT NULL,
    session_id uuid NOT NULL,
    parent_node_id text,
    ahead boolean NOT NULL,
    model text NOT NULL,
    reserved_tokens integer NOT NULL,
    input_tokens integer,
    output_tokens integer,
    cost_usd numeric(12, 6),
    outcome text,
    called_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    shown boolean NOT NULL DEFAULT false,
    discarded boolean NOT NULL DEFAULT false,
    CONSTRAINT ck_model_calls_reserves_something CHECK (reserved_tokens > 0),
    CONSTRAINT ck_model_calls_takes_nothing_back CHECK (input_tokens >= 0 AND output_tokens >= 0 AND cost_usd >= 0),
    CONSTRAINT ck_model_calls_settled_as_a_whole CHECK (
        (settled_at IS NULL) = (outcome IS NULL)
        AND (input_tokens IS NULL) = (output_tokens IS NULL)
        AND (settled_at IS NOT NULL OR input_tokens IS NULL)
        AND (settled_at IS NOT NULL OR cost_usd IS NULL)
    ),
    CONSTRAINT ck_model_calls_outcome CHECK (outcome IN (
        'proposed', 'refused', 'outage', 'rate_limit', 'refusal', 'nonsense', 'unsafe', 'time_limit', 'walk_budget',
        'day_budget', 'depth', 'interrupted'
    )),
    CONSTRAINT ck_model_calls_discarded_was_ahead CHECK (NOT discarded OR (ahead AND NOT shown))
);
CREATE INDEX ix_model_calls_account_id_called_at ON model_calls (account_id, called_at);
CREATE INDEX ix_model_calls_session_id ON model_calls (session_id);

CREATE TABLE proposal_calls (
    session_id uuid CONSTRAINT pk_proposal_calls PRIMARY KEY
        CONSTRAINT fk_proposal_calls_session_id_walks REFERENCES walks (session_id),
    proposal_id uuid NOT NULL CONSTRAINT fk_proposal_calls_proposal_id_flow_proposals REFERENCES flow_proposals (id),
    account_id uuid NOT NULL,
    helped boolean NOT NULL,
    path json NOT NULL,
    joined boolean NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ck_proposal_calls_joined_has_helped CHECK (helped OR NOT joined)
);
CREATE INDEX ix_proposal_calls_proposal_id_merged_at ON proposal_calls (proposal_id, merged_at DESC);
"""

_WHAT_NEVER_CHANGES = """
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

-- What an engineer decided on is what was published, or rejected: changed afterwards, the decision would be about
-- something that nobody has read.
CREATE FUNCTION keep_decided_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proposal % is % and never changes', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_decided_proposal BEFORE UPDATE OR DELETE ON flow_proposals
    FOR EACH ROW WHEN (OLD.status <> 'open') EXECUTE FUNCTION keep_decided_proposal();
"""

_NOTIFICATIONS = """
-- Whoever waits for a receipt is told in the moment in which it can be read.
CREATE FUNCTION tell_of_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_receipts', NEW.command_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_receipt AFTER INSERT OR UPDATE ON receipts
    FOR EACH ROW WHEN (NEW.status <> 'pending') EXECUTE FUNCTION tell_of_receipt();

-- Workers hold in memory what they match against. Whatever changes that is told on the channel l1_library as
-- account/flow, with - for all accounts. It comes with the commit, so no worker hears of what it cannot read yet.
CREATE FUNCTION tell_of_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_library', coalesce(NEW.account_id::text, '-') || '/' || NEW.id::text);
    RETURN NULL;
END $$;
-- A flow is inserted before it has a version, so that only an update can make one live.
CREATE TRIGGER tell_of_flow AFTER UPDATE OF live_version ON flows
    FOR EACH ROW WHEN (OLD.live_version IS DISTINCT FROM NEW.live_version) EXECUTE FUNCTION tell_of_flow();

CREATE FUNCTION tell_of_what_a_flow_has() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'l1_library',
        coalesce(coalesce(NEW.account_id, OLD.account_id)::text, '-') || '/' || coalesce(NEW.flow_id, OLD.flow_id)::text
    );
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_vectors AFTER INSERT ON flow_vectors
    FOR EACH ROW EXECUTE FUNCTION tell_of_what_a_flow_has();
CREATE TRIGGER tell_of_exemplar AFTER INSERT OR DELETE OR UPDATE OF vector ON exemplars
    FOR EACH ROW EXECUTE FUNCTION tell_of_what_a_flow_has();
"""

_OF_ALL_ACCOUNTS = """
-- The three that follow run with their owner's rights because no single account may see what they look through. They
-- tell ids, nothing else.

-- What the reconciler needs: whose calls have been quiet, and which receipts are still awaited.
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

-- The same for walks that should have ended by themselves.
CREATE FUNCTION overdue_calls(overdue_for double precision)
    RETURNS TABLE (account_id uuid, session_id uuid, stall_deadline timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT walks.account_id, walks.session_id, walks.stall_deadline FROM public.walks
        WHERE walks.status = 'active' AND walks.stall_deadline < now() - make_interval(secs => overdue_for)
$$;
REVOKE EXECUTE ON FUNCTION overdue_calls(double precision) FROM PUBLIC;

-- Whose flows and exemplars a worker reads when it starts.
CREATE FUNCTION library_accounts() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT flows.account_id FROM public.flows WHERE flows.account_id IS NOT NULL AND flows.live_version IS NOT NULL
    UNION
    SELECT exemplars.account_id FROM public.exemplars
$$;
REVOKE EXECUTE ON FUNCTION library_accounts() FROM PUBLIC;
"""

_SEARCHES = """
-- The tickets of the account in whose name the transaction works that have every word of a query, in themselves or in
-- one of their sessions. It runs with its owner's rights because under row-level security PostgreSQL uses no index for
-- a condition that may tell of rows which nobody may see, and @@ counts as such a one: each letter typed would read all
-- calls of the account. That it tells of no other account's is its first condition.
CREATE FUNCTION found_tickets(words text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT tickets.id FROM public.tickets
        WHERE tickets.account_id = public.current_account() AND tickets.search @@ public.search_query(words)
    UNION
    SELECT walks.ticket_id FROM public.walks
        WHERE walks.account_id = public.current_account() AND walks.search @@ public.search_query(words)
$$;
REVOKE EXECUTE ON FUNCTION found_tickets(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION found_tickets(text) TO l1_app;
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
GRANT SELECT, INSERT, UPDATE ON
    flows, categories, account_settings, ticket_numbers, tickets, walks, receipts, model_calls, flow_proposals
    TO l1_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_versions, exemplars, matching_workers TO l1_app;
GRANT SELECT, INSERT, DELETE ON flow_vectors TO l1_app;
GRANT SELECT, INSERT ON walk_events, ticket_vectors, idempotent_responses, proposal_calls TO l1_app;
GRANT EXECUTE ON FUNCTION
    quiet_calls(double precision), overdue_calls(double precision), library_accounts() TO l1_app;
"""

_POLICIES = """
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(current_setting('l1.account_id', true), '')::uuid $$;

-- Everybody walks the shared flows; only the owner of the schema, through `l1`, writes them.
ALTER TABLE flows ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own_and_shared ON flows FOR SELECT
    USING (account_id = current_account() OR account_id IS NULL);
CREATE POLICY write_own ON flows
    USING (account_id = current_account()) WITH CHECK (account_id = current_account());
ALTER TABLE flow_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own_and_shared ON flow_versions FOR SELECT
    USING (account_id = current_account() OR account_id IS NULL);
CREATE POLICY write_own ON flow_versions
    USING (account_id = current_account()) WITH CHECK (account_id = current_account());

-- Vectors follow from what is published, so workers write those of the shared flows, too; but only as the flow's owner,
-- else one account could put its vectors in the place of another's.
ALTER TABLE flow_vectors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_shared ON flow_vectors
    USING (account_id = current_account() OR account_id IS NULL)
    WITH CHECK ((account_id = current_account() OR account_id IS NULL) AND EXISTS (
        SELECT FROM flow_versions AS described
        WHERE described.flow_id = flow_vectors.flow_id AND described.version = flow_vectors.version
            AND described.account_id IS NOT DISTINCT FROM flow_vectors.account_id
    ));

-- matching_workers has no policy: a worker serves all accounts, and what it reports is nobody's.
"""


def upgrade() -> None:
    for script in (
        _CALLER_KEYS,
        _SEARCH,
        _LIBRARY,
        _ACCOUNTS,
        _PROPOSALS,
        _CALLS,
        _BUILDING,
        _WHAT_NEVER_CHANGES,
        _NOTIFICATIONS,
        _OF_ALL_ACCOUNTS,
        _ROLE,
        _POLICIES,
        _SEARCHES,
    ):
        run(script)
    for table in _OF_ONE_ACCOUNT:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_account ON {table} USING (account_id = current_account()) "
            "WITH CHECK (account_id = current_account())"
        )
