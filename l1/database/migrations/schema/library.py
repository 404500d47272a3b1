"""Tables of flows, and of what matching knows about them."""

TABLES = r"""
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
