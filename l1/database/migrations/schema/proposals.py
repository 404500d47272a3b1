"""Tables of proposals, and of the calls that they grew from."""

TABLES = """
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

CALLS = """
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
