-- How the calls of the last minutes went, for the rules of alerts.
--
-- p_minutes  how far back
--
-- Returns one row: calls, failed (a status of 500 or above for the client, or
-- an answer that broke off on our side), fallbacks (a later entry of the route
-- answered), over (cost more than their reservation), cost_pico, and the 95th
-- percentiles; NULL: no call.
--
-- For functions of the schema only.  No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.alert_rates(p_minutes integer)
RETURNS TABLE (
    calls bigint,
    failed bigint,
    fallbacks bigint,
    over_calls bigint,
    cost_pico numeric,
    ttft_p95_ms bigint,
    latency_p95_ms bigint
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT count(*),
        count(*) FILTER (WHERE c.error IN (
            'sign_in_unavailable', 'system_cap', 'paused', 'busy',
            'restarting', 'database_unavailable', 'misconfigured',
            'unpriced_model', 'io_error', 'internal', 'upstream_error',
            'upstream_timeout', 'upstream_rate_limited', 'upstream_quota',
            'upstream_auth', 'upstream_cut', 'not_asked', 'answer_form')),
        count(*) FILTER (WHERE c.fallback_tier > 0),
        count(*) FILTER (WHERE c.over_reservation),
        coalesce(sum(c.cost_pico), 0),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY c.ttft_ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY c.latency_ms)
    FROM slipway.calls_since(p_minutes) AS c;
END;
$$;
COMMENT ON FUNCTION slipway.alert_rates(integer) IS
    'How the calls of the last minutes went, for the rules of alerts.';
REVOKE EXECUTE ON FUNCTION slipway.alert_rates(integer) FROM PUBLIC;
