"""Building: what calls of a language model take, and the proposals that built walks grow into."""

from alembic import op

from l1.database.migrations.script import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MODEL_CALLS = """
-- session_id refers to no walk: a first node may be built before its walk is written down.
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
    -- A call that reserves nothing would slip past every budget, however many run at once.
    CONSTRAINT ck_model_calls_reserves_something CHECK (reserved_tokens > 0),
    -- Negative figures would give a budget back what was spent.
    CONSTRAINT ck_model_calls_takes_nothing_back CHECK (input_tokens >= 0 AND output_tokens >= 0 AND cost_usd >= 0),
    -- A call that is settled in part would count neither with its reservation nor with what it took.
    CONSTRAINT ck_model_calls_settled_as_a_whole CHECK (
        (settled_at IS NULL) = (outcome IS NULL)
        AND (input_tokens IS NULL) = (output_tokens IS NULL)
        AND (settled_at IS NOT NULL OR input_tokens IS NULL)
        AND (settled_at IS NOT NULL OR cost_usd IS NULL)
    ),
    -- An outcome that nobody knows would be missing from every account of why nodes were not built.
    CONSTRAINT ck_model_calls_outcome CHECK (outcome IN (
        'proposed', 'refused', 'outage', 'rate_limit', 'refusal', 'nonsense', 'unsafe', 'time_limit', 'walk_budget',
        'day_budget', 'depth', 'interrupted'
    )),
    -- Only what nobody had asked for is left over, and never what was shown.
    CONSTRAINT ck_model_calls_discarded_was_ahead CHECK (NOT discarded OR (ahead AND NOT shown))
);
-- The two sums that are taken before every call: of the account's day, and of the walk.
CREATE INDEX ix_model_calls_account_id_called_at ON model_calls (account_id, called_at);
CREATE INDEX ix_model_calls_session_id ON model_calls (session_id);
"""

_PROPOSALS = """
-- Like a flow's content, the tree is json, not jsonb: its answers keep the order in which they are shown.
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
    -- A decision that nobody stands for could not be asked about.
    CONSTRAINT ck_flow_proposals_decided_by_somebody CHECK (
        (status = 'open') = (decided_at IS NULL) AND (status = 'open') = (decided_by IS NULL)
    ),
    -- The technicians whose calls it came from are owed a reason.
    CONSTRAINT ck_flow_proposals_rejected_for_a_reason CHECK ((status = 'rejected') = (reject_reason IS NOT NULL)),
    -- Published as what? Without the version, nobody could tell what callers are walked through.
    CONSTRAINT ck_flow_proposals_published_as_a_version CHECK (
        (status = 'published') = (flow_id IS NOT NULL) AND (status = 'published') = (flow_version IS NOT NULL)
    ),
    CONSTRAINT fk_flow_proposals_flow_id_flow_version_flow_versions
        FOREIGN KEY (flow_id, flow_version) REFERENCES flow_versions (flow_id, version)
);
CREATE INDEX ix_flow_proposals_account_id_status_created_at ON flow_proposals (account_id, status, created_at DESC);

CREATE TABLE proposal_calls (
    -- A call that is learned twice would count twice, or have grown two proposals.
    session_id uuid CONSTRAINT pk_proposal_calls PRIMARY KEY
        CONSTRAINT fk_proposal_calls_session_id_walks REFERENCES walks (session_id),
    proposal_id uuid NOT NULL CONSTRAINT fk_proposal_calls_proposal_id_flow_proposals REFERENCES flow_proposals (id),
    account_id uuid NOT NULL,
    helped boolean NOT NULL,
    path json NOT NULL,
    joined boolean NOT NULL,
    merged_at timestamptz NOT NULL DEFAULT now(),
    -- A call that did not help counts; what it went through is no part of a flow to publish.
    CONSTRAINT ck_proposal_calls_joined_has_helped CHECK (helped OR NOT joined)
);
CREATE INDEX ix_proposal_calls_proposal_id_merged_at ON proposal_calls (proposal_id, merged_at DESC);

-- What an engineer decided on is what was published, or rejected: changed afterwards, the decision would be about
-- something that nobody has read.
CREATE FUNCTION keep_decided_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proposal % is % and never changes', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_decided_proposal BEFORE UPDATE OR DELETE ON flow_proposals
    FOR EACH ROW WHEN (OLD.status <> 'open') EXECUTE FUNCTION keep_decided_proposal();

ALTER TABLE account_settings ADD COLUMN walk_proposals boolean NOT NULL DEFAULT false;

ALTER TABLE walks
    ADD COLUMN flow_proposal_id uuid
        -- The proposal that a walk is on must outlive it.
        CONSTRAINT fk_walks_flow_proposal_id_flow_proposals REFERENCES flow_proposals (id),
    -- What a walk on a proposal teaches must come back to that proposal.
    ADD CONSTRAINT ck_walks_proposal_is_named CHECK (kind <> 'proposal' OR flow_proposal_id IS NOT NULL);
"""

_RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON model_calls, flow_proposals TO l1_app;
GRANT SELECT, INSERT ON proposal_calls TO l1_app;
"""


def upgrade() -> None:
    for script in (_MODEL_CALLS, _PROPOSALS, _RIGHTS):
        run(script)
    for table in ("model_calls", "flow_proposals", "proposal_calls"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_account ON {table} USING (account_id = current_account()) "
            "WITH CHECK (account_id = current_account())"
        )


def downgrade() -> None:
    op.execute("ALTER TABLE walks DROP CONSTRAINT ck_walks_proposal_is_named, DROP COLUMN flow_proposal_id")
    # Their proposals are lost, so that the way forth again could not name them.
    op.execute("UPDATE walks SET kind = 'ai_build' WHERE kind = 'proposal'")
    op.execute("ALTER TABLE account_settings DROP COLUMN walk_proposals")
    op.execute("DROP TABLE proposal_calls, flow_proposals, model_calls")
    op.execute("DROP FUNCTION keep_decided_proposal()")
