-- What the status page says of the service itself.
--
-- p_minutes  of how many minutes' calls
--
-- Returns one row:
--   documents      how many are indexed, of all tenants
--   ttft_p50_ms, ttft_p95_ms  time to the first token as people saw it;
--                  NULL: nobody asked
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.status_facts(p_minutes integer)
RETURNS TABLE (
    documents bigint,
    ttft_p50_ms bigint,
    ttft_p95_ms bigint
)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        (SELECT count(*) FROM slipway.documents),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY c.ttft_ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY c.ttft_ms)
    FROM slipway.calls_since(p_minutes) AS c;
$$;
COMMENT ON FUNCTION slipway.status_facts(integer) IS
    'Indexed documents, and time to first token in the last p_minutes '
    'minutes.';
DO $$
BEGIN
    IF to_regrole('slipway_app') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION slipway.status_facts(integer)
            TO slipway_app;
    END IF;
END;
$$;
