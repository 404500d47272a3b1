"""Tables of what an account decides for itself."""

TABLES = """
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
