"""The table of who has which session open."""

TABLES = """
CREATE UNLOGGED TABLE presence (
    stream_id uuid CONSTRAINT pk_presence PRIMARY KEY,
    account_id uuid NOT NULL,
    session_id uuid NOT NULL,
    user_id text NOT NULL,
    user_name text,
    seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_presence_account_id_session_id ON presence (account_id, session_id);
"""
