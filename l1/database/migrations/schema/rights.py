"""The role that the application works as, what it may do, and which rows it sees."""

ROLE = """
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
"""

SHARED = """
-- Everybody walks the shared flows; only the owner of the schema, through `l1`, writes them.
GRANT SELECT, INSERT, UPDATE ON flows TO l1_app;
ALTER TABLE flows ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own_and_shared ON flows FOR SELECT
    USING (account_id = current_account() OR account_id IS NULL);
CREATE POLICY write_own ON flows
    USING (account_id = current_account()) WITH CHECK (account_id = current_account());
GRANT SELECT, INSERT, UPDATE, DELETE ON flow_versions TO l1_app;
ALTER TABLE flow_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_own_and_shared ON flow_versions FOR SELECT
    USING (account_id = current_account() OR account_id IS NULL);
CREATE POLICY write_own ON flow_versions
    USING (account_id = current_account()) WITH CHECK (account_id = current_account());

-- Vectors follow from what is published, so workers write those of the shared flows, too; but only as the flow's owner,
-- else one account could put its vectors in the place of another's.
GRANT SELECT, INSERT, DELETE ON flow_vectors TO l1_app;
ALTER TABLE flow_vectors ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_and_shared ON flow_vectors
    USING (account_id = current_account() OR account_id IS NULL)
    WITH CHECK ((account_id = current_account() OR account_id IS NULL) AND EXISTS (
        SELECT FROM flow_versions AS described
        WHERE described.flow_id = flow_vectors.flow_id AND described.version = flow_vectors.version
            AND described.account_id IS NOT DISTINCT FROM flow_vectors.account_id
    ));

-- No policy: a worker serves all accounts, and what it reports is nobody's.
GRANT SELECT, INSERT, UPDATE, DELETE ON matching_workers TO l1_app;
"""

# What the application may do with the tables whose rows belong to one account each, and which it sees of no other.
_OF_ONE_ACCOUNT = {
    "account_settings": "SELECT, INSERT, UPDATE",
    "categories": "SELECT, INSERT, UPDATE",
    "deliveries": "SELECT, INSERT, UPDATE",
    "exemplars": "SELECT, INSERT, UPDATE, DELETE",
    "flow_proposals": "SELECT, INSERT, UPDATE",
    "idempotent_responses": "SELECT, INSERT",
    "model_calls": "SELECT, INSERT, UPDATE",
    "presence": "SELECT, INSERT, UPDATE, DELETE",
    "proposal_calls": "SELECT, INSERT",
    "receipts": "SELECT, INSERT, UPDATE",
    "targets": "SELECT, INSERT, UPDATE, DELETE",
    "ticket_numbers": "SELECT, INSERT, UPDATE",
    "ticket_vectors": "SELECT, INSERT",
    "tickets": "SELECT, INSERT, UPDATE",
    "walk_events": "SELECT, INSERT",
    "walks": "SELECT, INSERT, UPDATE",
}

OF_ONE_ACCOUNT = "".join(
    f"""
GRANT {rights} ON {table} TO l1_app;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_account ON {table}
    USING (account_id = current_account()) WITH CHECK (account_id = current_account());
"""
    for table, rights in _OF_ONE_ACCOUNT.items()
)
