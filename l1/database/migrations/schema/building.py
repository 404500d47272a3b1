"""Tables of what the language model was asked, and what it cost."""

TABLES = """
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
"""
