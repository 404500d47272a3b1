#!/bin/sh
# Brings Temporal's two databases to the schema of this server version. Safe to repeat: both steps skip what is there.
set -eu

for database in temporal visibility; do
  case "$database" in
    temporal) name=temporal ;;
    visibility) name=temporal_visibility ;;
  esac
  sql() { temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user temporal --db "$name" "$@"; }
  # Version 0.0 makes the table that remembers versions; on a database that has it, it fails and nothing is lost.
  sql setup-schema --version 0.0 || echo "$name: set up before"
  sql update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$database/versioned"
done
