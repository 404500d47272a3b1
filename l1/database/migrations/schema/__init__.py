"""The schema in SQL, by subject, in the order in which its parts stand on each other.

Constraints and indexes are those of `l1.database.models`, which give their reasons; here are those of functions,
triggers, policies and grants.

Every table belongs to the role that runs the migration. The application works as `l1_app`, which owns nothing, so that
row-level security holds for it: a query that forgets its account finds no rows instead of another account's.
"""

from l1.database.migrations.schema import (
    accounts,
    building,
    calls,
    delivering,
    functions,
    library,
    live,
    lookups,
    proposals,
    rights,
    triggers,
)

SCRIPTS = (
    rights.ROLE,
    functions.ACCOUNT,
    functions.CALLERS,
    functions.SEARCH,
    accounts.TABLES,
    library.TABLES,
    proposals.TABLES,
    calls.TICKETS,
    calls.WALKS,
    proposals.CALLS,
    building.TABLES,
    delivering.TABLES,
    live.TABLES,
    triggers.WHAT_NEVER_CHANGES,
    triggers.NOTIFICATIONS,
    lookups.OF_ALL_ACCOUNTS,
    lookups.OF_ONE_ACCOUNT,
    rights.SHARED,
    rights.OF_ONE_ACCOUNT,
)
