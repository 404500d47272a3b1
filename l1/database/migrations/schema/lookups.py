"""Functions that run with their owner's rights, where row-level security stands in the way of the application's work.

Each names its search path, and nobody but the application may call it.
"""

OF_ALL_ACCOUNTS = """
-- No single account may see what these look through. They tell ids, nothing else.

-- What the reconciler needs: whose calls have been quiet, and which receipts are still awaited.
CREATE FUNCTION quiet_calls(quiet_for double precision)
    RETURNS TABLE (account_id uuid, session_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT walks.account_id, walks.session_id FROM public.walks
        WHERE walks.status = 'active' AND walks.last_activity_at < now() - make_interval(secs => quiet_for)
    UNION
    SELECT receipts.account_id, receipts.session_id FROM public.receipts
        WHERE receipts.status = 'pending' AND receipts.created_at < now() - make_interval(secs => quiet_for)
$$;
REVOKE EXECUTE ON FUNCTION quiet_calls(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION quiet_calls(double precision) TO l1_app;

-- The same for walks that should have ended by themselves.
CREATE FUNCTION overdue_calls(overdue_for double precision)
    RETURNS TABLE (account_id uuid, session_id uuid, stall_deadline timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT walks.account_id, walks.session_id, walks.stall_deadline FROM public.walks
        WHERE walks.status = 'active' AND walks.stall_deadline < now() - make_interval(secs => overdue_for)
$$;
REVOKE EXECUTE ON FUNCTION overdue_calls(double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION overdue_calls(double precision) TO l1_app;

-- Walks of which something lies undelivered that nobody tries: what is to go first to a target was never tried and is
-- older than `untried_for`, or was last tried more than `retried_for` seconds ago. What waits behind it, in order, is
-- not looked at.
CREATE FUNCTION overdue_deliveries(untried_for double precision, retried_for double precision)
    RETURNS TABLE (account_id uuid, session_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT DISTINCT first.account_id, first.session_id FROM (
        SELECT DISTINCT ON (deliveries.session_id, deliveries.target_id) deliveries.* FROM public.deliveries
        WHERE deliveries.status = 'pending'
        ORDER BY deliveries.session_id, deliveries.target_id, deliveries.position
    ) AS first
    WHERE CASE WHEN first.tried_at >= first.queued_at THEN first.tried_at < now() - make_interval(secs => retried_for)
        ELSE first.queued_at < now() - make_interval(secs => untried_for) END
$$;
REVOKE EXECUTE ON FUNCTION overdue_deliveries(double precision, double precision) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION overdue_deliveries(double precision, double precision) TO l1_app;

-- Whose flows and exemplars a worker reads when it starts.
CREATE FUNCTION library_accounts() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT flows.account_id FROM public.flows WHERE flows.account_id IS NOT NULL AND flows.live_version IS NOT NULL
    UNION
    SELECT exemplars.account_id FROM public.exemplars
$$;
REVOKE EXECUTE ON FUNCTION library_accounts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION library_accounts() TO l1_app;
"""

OF_ONE_ACCOUNT = """
-- The tickets of the account in whose name the transaction works that have every word of a query, in themselves or in
-- one of their sessions. It runs with its owner's rights because under row-level security PostgreSQL uses no index for
-- a condition that may tell of rows which nobody may see, and @@ counts as such a one: each letter typed would read all
-- calls of the account. That it tells of no other account's is its first condition.
CREATE FUNCTION found_tickets(words text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public AS $$
    SELECT tickets.id FROM public.tickets
        WHERE tickets.account_id = public.current_account() AND tickets.search @@ public.search_query(words)
    UNION
    SELECT walks.ticket_id FROM public.walks
        WHERE walks.account_id = public.current_account() AND walks.search @@ public.search_query(words)
$$;
REVOKE EXECUTE ON FUNCTION found_tickets(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION found_tickets(text) TO l1_app;
"""
