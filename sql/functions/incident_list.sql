-- Incidents and maintenance, newest first.
--
-- p_all  false: only what is open or still to come
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.incident_list(p_all boolean)
RETURNS TABLE (
    id bigint,
    kind text,
    title text,
    impact text,
    state text,
    components text[],
    starts_at timestamptz,
    ends_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT i.id, i.kind, i.title, i.impact, i.state, i.components,
        i.starts_at, i.ends_at
    FROM slipway.status_incidents AS i
    WHERE p_all OR i.ends_at IS NULL
        OR i.state = 'scheduled' AND i.ends_at > now()
    ORDER BY i.starts_at DESC, i.id DESC;
$$;
COMMENT ON FUNCTION slipway.incident_list(boolean) IS
    'Incidents and maintenance, newest first.';
