#!/bin/bash
# Run once by the postgres image, when the data directory is new. The same roles as the embedded PostgreSQL has:
# l1_owner owns the schema (migrations), l1_app owns nothing (api, worker). Temporal has a role and databases of its own.
set -euo pipefail

psql --set ON_ERROR_STOP=1 --quiet --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$L1_OWNER_PASSWORD" \
  --set app_password="$L1_APP_PASSWORD" \
  --set temporal_password="$TEMPORAL_DB_PASSWORD" <<'SQL'
CREATE ROLE l1_owner LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE NOCREATEDB PASSWORD :'owner_password';
CREATE ROLE l1_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
CREATE ROLE temporal LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD :'temporal_password';

CREATE DATABASE l1 OWNER l1_owner;
REVOKE ALL ON DATABASE l1 FROM PUBLIC;
GRANT CONNECT ON DATABASE l1 TO l1_app;

CREATE DATABASE temporal OWNER temporal;
REVOKE ALL ON DATABASE temporal FROM PUBLIC;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE ALL ON DATABASE temporal_visibility FROM PUBLIC;

\connect l1
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gin;

-- Temporal's visibility schema asks for it, and only a superuser is sure to be allowed.
\connect temporal_visibility
CREATE EXTENSION IF NOT EXISTS btree_gin;
SQL
