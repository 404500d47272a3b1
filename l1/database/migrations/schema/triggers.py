"""What never changes, and who is told of a change."""

WHAT_NEVER_CHANGES = """
-- Walks are pinned to a published version: changed under them, yesterday's call would tell what nobody was asked.
CREATE FUNCTION keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % of flow % is published and never changes', OLD.version, OLD.flow_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_published_version BEFORE UPDATE OR DELETE ON flow_versions
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION keep_published_version();

-- The history of a call is what an engineer, and an auditor, relies on.
CREATE FUNCTION keep_walk_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'walk_events only ever grows' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_walk_events BEFORE UPDATE OR DELETE ON walk_events
    FOR EACH ROW EXECUTE FUNCTION keep_walk_events();

-- What an engineer decided on is what was published, or rejected: changed afterwards, the decision would be about
-- something that nobody has read.
CREATE FUNCTION keep_decided_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proposal % is % and never changes', OLD.id, OLD.status USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER keep_decided_proposal BEFORE UPDATE OR DELETE ON flow_proposals
    FOR EACH ROW WHEN (OLD.status <> 'open') EXECUTE FUNCTION keep_decided_proposal();
"""

NOTIFICATIONS = """
-- Whoever waits for a receipt is told in the moment in which it can be read.
CREATE FUNCTION tell_of_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_receipts', NEW.command_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_receipt AFTER INSERT OR UPDATE ON receipts
    FOR EACH ROW WHEN (NEW.status <> 'pending') EXECUTE FUNCTION tell_of_receipt();

-- Whoever streams an account's events is told that there are more: the account's id on the channel l1_events, once for
-- a transaction. What is new is read by whoever may read it.
CREATE FUNCTION tell_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_events', NEW.account_id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_event AFTER INSERT ON walk_events
    FOR EACH ROW WHEN (NEW.kind <> 'rejected') EXECUTE FUNCTION tell_of_event();

-- On the same channel, as account/session: somebody has opened a session, or closed it.
CREATE FUNCTION tell_of_presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'l1_events', coalesce(NEW.account_id, OLD.account_id) || '/' || coalesce(NEW.session_id, OLD.session_id)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_presence AFTER INSERT OR DELETE ON presence
    FOR EACH ROW EXECUTE FUNCTION tell_of_presence();

-- Workers hold in memory what they match against. Whatever changes that is told on the channel l1_library as
-- account/flow, with - for all accounts. It comes with the commit, so no worker hears of what it cannot read yet.
CREATE FUNCTION tell_of_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('l1_library', coalesce(NEW.account_id::text, '-') || '/' || NEW.id::text);
    RETURN NULL;
END $$;
-- A flow is inserted before it has a version, so that only an update can make one live.
CREATE TRIGGER tell_of_flow AFTER UPDATE OF live_version ON flows
    FOR EACH ROW WHEN (OLD.live_version IS DISTINCT FROM NEW.live_version) EXECUTE FUNCTION tell_of_flow();

CREATE FUNCTION tell_of_what_a_flow_has() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'l1_library',
        coalesce(coalesce(NEW.account_id, OLD.account_id)::text, '-') || '/' || coalesce(NEW.flow_id, OLD.flow_id)::text
    );
    RETURN NULL;
END $$;
CREATE TRIGGER tell_of_vectors AFTER INSERT ON flow_vectors
    FOR EACH ROW EXECUTE FUNCTION tell_of_what_a_flow_has();
CREATE TRIGGER tell_of_exemplar AFTER INSERT OR DELETE OR UPDATE OF vector ON exemplars
    FOR EACH ROW EXECUTE FUNCTION tell_of_what_a_flow_has();
"""
