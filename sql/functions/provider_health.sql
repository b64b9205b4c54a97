-- How each provider did lately, from our own traffic.
--
-- p_minutes  of how many minutes' calls
--
-- Returns a row for each provider that was tried:
--   provider       its name in the configuration
--   calls          tries that say something of it (provider_attempts)
--   errors         of these, the failed ones
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
        t.provider,
        count(*),
        count(*) FILTER (WHERE t.result <> 'ok'),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY t.ttft_ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY t.ttft_ms)
    FROM slipway.provider_attempts(p_minutes) AS t
    GROUP BY t.provider
    ORDER BY t.provider;
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
