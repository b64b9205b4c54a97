-- How each provider did lately, from our own traffic.
--
-- p_minutes  of how many minutes' calls
--
-- Returns a row for each provider that was tried:
--   provider       its name in the configuration
--   calls          tries that say something of it: it answered, or failed
--   errors         of these, the failed ones; a request that it rightly
--                  refuses (upstream_rejected) is not its failure
--   ttft_p50_ms, ttft_p95_ms  time to the first token; NULL: there was none
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.provider_health(p_minutes integer)
RETURNS TABLE (
    provider text,
    calls bigint,
    errors bigint,
    ttft_p50_ms bigint,
    ttft_p95_ms bigint
)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        split_part(t.model_route, '/', 1),
        count(*),
        count(*) FILTER (WHERE t.result <> 'ok'),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY t.ttft_ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY t.ttft_ms)
    FROM slipway.calls_since(p_minutes) AS c
    JOIN slipway.llm_attempts AS t
        ON t.tenant_id = c.tenant_id
        AND t.request_id = c.request_id
        AND t.day = c.day
    WHERE t.model_route LIKE '%/%'
        AND (t.result = 'ok' OR t.result LIKE 'upstream\_%')
        AND t.result <> 'upstream_rejected'
    GROUP BY 1
    ORDER BY 1;
$$;
COMMENT ON FUNCTION slipway.provider_health(integer) IS
    'Calls, errors and time to first token of each provider in the last '
    'p_minutes minutes.';
DO $$
BEGIN
    IF to_regrole('slipway_app') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION slipway.provider_health(integer)
            TO slipway_app;
    END IF;
END;
$$;
