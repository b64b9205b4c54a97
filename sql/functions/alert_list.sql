-- Alerts, newest first.
--
-- p_all  false: only what is raised now; true: of the last 30 days, too
--
-- Returns rule, subject, detail, raised_at, resolved_at, and waiting: messages
-- that were not sent yet, with last_error, why.
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.alert_list(p_all boolean)
RETURNS TABLE (
    id bigint,
    rule text,
    subject text,
    detail text,
    raised_at timestamptz,
    resolved_at timestamptz,
    waiting bigint,
    last_error text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- views are applied after functions, so plpgsql, which looks later
    RETURN QUERY
    SELECT a.id, a.rule, a.subject, a.detail, a.raised_at, a.resolved_at,
        a.messages_waiting, a.last_error
    FROM slipway.alert_history AS a
    WHERE a.resolved_at IS NULL
        OR p_all AND a.raised_at > now() - interval '30 days'
    ORDER BY a.id DESC;
END;
$$;
COMMENT ON FUNCTION slipway.alert_list(boolean) IS 'Alerts, newest first.';
