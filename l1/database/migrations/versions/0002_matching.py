"""Matching: the vectors of flows, callers' words as exemplars, who matches with what, and who calls again.

Matching no longer uses PostgreSQL's own search, so what was kept for that goes.

Workers hold in memory what they match against. Whatever changes that sends a notification on the channel `l1_library`:
`account/flow`, with `-` for all accounts. It comes with the commit, so no worker hears of what it cannot read yet.
"""

from alembic import op

from l1.database.migrations.script import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = r"""
CREATE TABLE flow_vectors (
    flow_id uuid NOT NULL,
    version integer NOT NULL,
    -- While a new release is rolled out, workers with two embedders run beside each other.
    embedder text NOT NULL,
    account_id uuid,
    vectors bytea NOT NULL,
    CONSTRAINT pk_flow_vectors PRIMARY KEY (flow_id, version, embedder),
    -- Vectors of a draft that is replaced would pass for those of the text that takes its number.
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
    -- A statement has up to 8,000 characters, more than a row of an index takes.
    statement_key text NOT NULL GENERATED ALWAYS AS (
        md5(lower(btrim(regexp_replace(statement, '\s+', ' ', 'g'))))
    ) STORED,
    -- A call that is recorded twice would count twice.
    CONSTRAINT uq_exemplars_session_id UNIQUE (session_id),
    -- One ticket template, sent a hundred times, would push everything else that was learned over the limit.
    CONSTRAINT uq_exemplars_account_id_flow_id_confirms_statement_key
        UNIQUE (account_id, flow_id, confirms, statement_key),
    -- A vector compared with those of another embedder says nothing, and says it with a number.
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

_CALLERS = r"""
-- How callers are told apart: by the name without regard to case and spaces, by the mail address, or by the end of the
-- number, which is the same with and without the country's code. Fewer than six digits are an extension, which many
-- callers share. Used by the columns below and by the query that compares with them, so that both say the same.
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN nullif(lower(btrim(regexp_replace(name, '\s+', ' ', 'g'))), '');
CREATE FUNCTION contact_key(contact text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN contact LIKE '%@%' THEN lower(btrim(contact, E' \t\r\n'))
        WHEN length(regexp_replace(contact, '[^0-9]', '', 'g')) >= 6
            THEN right(regexp_replace(contact, '[^0-9]', '', 'g'), 9)
    END;

ALTER TABLE tickets
    ADD COLUMN customer_name_key text GENERATED ALWAYS AS (name_key(customer_name)) STORED,
    ADD COLUMN customer_contact_key text GENERATED ALWAYS AS (contact_key(customer_contact)) STORED;
CREATE INDEX ix_tickets_open_customer_name_key ON tickets (account_id, customer_name_key)
    WHERE status <> 'resolved';
CREATE INDEX ix_tickets_open_customer_contact_key ON tickets (account_id, customer_contact_key)
    WHERE status <> 'resolved';
"""

_NOTIFICATIONS = """
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

-- Whose flows and exemplars a worker reads when it starts. It runs with its owner's rights because no single account
-- may see it, and tells ids, nothing else.
CREATE FUNCTION library_accounts() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT flows.account_id FROM public.flows WHERE flows.account_id IS NOT NULL AND flows.live_version IS NOT NULL
    UNION
    SELECT exemplars.account_id FROM public.exemplars
$$;
REVOKE EXECUTE ON FUNCTION library_accounts() FROM PUBLIC;
"""

_RIGHTS = """
GRANT SELECT, INSERT, DELETE ON flow_vectors TO l1_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON exemplars, matching_workers TO l1_app;
GRANT EXECUTE ON FUNCTION library_accounts() TO l1_app;

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

ALTER TABLE exemplars ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON exemplars USING (account_id = current_account())
    WITH CHECK (account_id = current_account());

-- matching_workers has no policy: a worker serves all accounts, and what it reports is nobody's.
"""

_NO_SEARCH = """
ALTER TABLE flow_versions DROP COLUMN search, DROP COLUMN search_title, DROP COLUMN search_body;
DO $$ BEGIN
    DROP EXTENSION IF EXISTS pg_trgm;
EXCEPTION WHEN insufficient_privilege OR dependent_objects_still_exist THEN
    -- Somebody else made it, or uses it: then it is theirs.
    RAISE NOTICE 'the extension pg_trgm stays';
END $$;
"""

_SEARCH_AGAIN = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
ALTER TABLE flow_versions ADD COLUMN search_title text, ADD COLUMN search_body text;
-- What is published gets its words back; what it says stays as it is.
ALTER TABLE flow_versions DISABLE TRIGGER keep_published_version;
UPDATE flow_versions SET
    search_title = concat_ws(' ', title, (
        SELECT string_agg(keyword, ' ' ORDER BY place)
        FROM json_array_elements_text(content -> 'keywords') WITH ORDINALITY AS keywords (keyword, place)
    )),
    search_body = concat_ws(' ', content ->> 'description', (
        SELECT string_agg(node ->> 'text', ' ' ORDER BY place)
        FROM json_each(content -> 'nodes') WITH ORDINALITY AS nodes (id, node, place)
    ));
ALTER TABLE flow_versions ENABLE TRIGGER keep_published_version;
ALTER TABLE flow_versions
    ALTER COLUMN search_title SET NOT NULL,
    ALTER COLUMN search_body SET NOT NULL,
    ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', search_title), 'A') || setweight(to_tsvector('english', search_body), 'C')
    ) STORED;
CREATE INDEX ix_flow_versions_search ON flow_versions USING gin (search);
"""


def upgrade() -> None:
    for script in (_TABLES, _CALLERS, _NOTIFICATIONS, _RIGHTS, _NO_SEARCH):
        run(script)


def downgrade() -> None:
    run(_SEARCH_AGAIN)
    op.execute("DROP FUNCTION library_accounts()")
    op.execute("DROP TABLE matching_workers, exemplars, flow_vectors")
    op.execute("DROP TRIGGER tell_of_flow ON flows")
    op.execute("DROP FUNCTION tell_of_flow(), tell_of_what_a_flow_has()")
    op.execute("ALTER TABLE tickets DROP COLUMN customer_name_key, DROP COLUMN customer_contact_key")
    op.execute("DROP FUNCTION name_key(text), contact_key(text)")
