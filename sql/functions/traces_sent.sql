-- Remember how far traces were sent.
--
-- p_settled_at, p_request_id  of the last call that the collector took, as
--                             traces_next() gave them
--
-- It never goes back, so a slower sender beside this one does no harm.
-- Locks: the one row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.traces_sent(
    p_settled_at timestamptz,
    p_request_id text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE slipway.trace_state AS s
    SET sent_until = p_settled_at,
        sent_request_id = p_request_id
    WHERE (s.sent_until, s.sent_request_id) < (p_settled_at, p_request_id);
$$;
COMMENT ON FUNCTION slipway.traces_sent(timestamptz, text) IS
    'Remember how far traces were sent.';
