-- What was used and what failed, by hour: the sums of the rollups and, of the
-- last hours, the calls themselves.
CREATE OR REPLACE VIEW slipway.usage_by_hour AS
SELECT u.hour, (u.hour AT TIME ZONE 'UTC')::date AS utc_day, u.day,
    ten.name AS tenant, u.feature,
    CASE WHEN u.model_route = '' THEN '(none)'
        ELSE split_part(u.model_route, '/', 1) END AS provider,
    coalesce(nullif(u.model_route, ''), '(none)') AS model_route, u.outcome,
    u.error,
    -- as in src/base/err.c: what a client sees as a 5xx
    u.error IN ('sign_in_unavailable', 'system_cap', 'paused', 'busy',
        'restarting', 'database_unavailable', 'misconfigured',
        'unpriced_model', 'io_error', 'internal', 'upstream_error',
        'upstream_timeout', 'upstream_rate_limited', 'upstream_quota',
        'upstream_auth', 'upstream_cut', 'not_asked', 'answer_form') AS is_5xx,
    u.calls, u.cost_pico * 1e-12 AS cost_usd, u.input_tokens,
    u.cache_read_tokens, u.cache_write_tokens, u.output_tokens,
    u.reasoning_tokens, u.not_exact_calls AS calls_not_exact,
    u.not_exact_pico * 1e-12 AS cost_not_exact_usd,
    u.fallback_calls AS calls_as_fallback,
    u.over_calls AS calls_over_reservation, u.last_request_id
FROM (
    SELECT h.tenant_id, h.hour, h.day, h.feature, h.model_route, h.outcome,
        h.error, h.calls, h.cost_pico, h.input_tokens, h.cache_read_tokens,
        h.cache_write_tokens, h.output_tokens, h.reasoning_tokens,
        h.not_exact_calls, h.not_exact_pico, h.fallback_calls, h.over_calls,
        h.last_request_id
    FROM slipway.rollup_hours AS h
    UNION ALL
    SELECT c.tenant_id, date_trunc('hour', c.created_at, 'UTC'), c.day,
        c.feature, c.model_route, c.outcome, c.error, count(*),
        sum(c.cost_pico)::bigint, sum(c.input_tokens)::bigint,
        sum(c.cache_read_tokens)::bigint,
        sum(c.cache_write_tokens + c.cache_write_1h_tokens)::bigint,
        sum(c.output_tokens)::bigint, sum(c.reasoning_tokens)::bigint,
        count(*) FILTER (WHERE c.basis
            IN ('estimated', 'partial', 'pessimistic')),
        coalesce(sum(c.cost_pico) FILTER (WHERE c.basis
            IN ('estimated', 'partial', 'pessimistic')), 0)::bigint,
        count(*) FILTER (WHERE c.fallback_tier > 0),
        count(*) FILTER (WHERE c.over_reservation), max(c.request_id)
    FROM slipway.llm_calls AS c
    WHERE c.created_at >= (SELECT s.rolled_until FROM slipway.rollup_state AS s)
        AND c.day >= (
            SELECT (s.rolled_until AT TIME ZONE 'UTC')::date - 1
            FROM slipway.rollup_state AS s
        )
    GROUP BY c.tenant_id, date_trunc('hour', c.created_at, 'UTC'), c.day,
        c.feature, c.model_route, c.outcome, c.error
) AS u
LEFT JOIN slipway.tenants AS ten ON ten.id = u.tenant_id;

COMMENT ON VIEW slipway.usage_by_hour IS
    'What was used and what failed, by hour, tenant, feature, model, '
    'outcome and error; complete up to now.';
COMMENT ON COLUMN slipway.usage_by_hour.hour IS
    'Beginning of the hour in which the calls were admitted.';
COMMENT ON COLUMN slipway.usage_by_hour.utc_day IS 'Its day in UTC.';
COMMENT ON COLUMN slipway.usage_by_hour.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.usage_by_hour.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.usage_by_hour.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.usage_by_hour.provider IS
    'Provider that answered; (none): none did.';
COMMENT ON COLUMN slipway.usage_by_hour.model_route IS
    'provider/model that answered; (none): none did.';
COMMENT ON COLUMN slipway.usage_by_hour.outcome IS
    'How the calls ended, as in calls.';
COMMENT ON COLUMN slipway.usage_by_hour.error IS
    'Public code of what went wrong; ok when nothing did.';
COMMENT ON COLUMN slipway.usage_by_hour.is_5xx IS
    'The client saw, or would have seen, a status of 500 or above.';
COMMENT ON COLUMN slipway.usage_by_hour.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.usage_by_hour.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.usage_by_hour.input_tokens IS
    'Uncached input tokens.';
COMMENT ON COLUMN slipway.usage_by_hour.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.usage_by_hour.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.usage_by_hour.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.usage_by_hour.calls_not_exact IS
    'Calls whose cost was not reported by the provider.';
COMMENT ON COLUMN slipway.usage_by_hour.cost_not_exact_usd IS
    'Their share of cost_usd.';
COMMENT ON COLUMN slipway.usage_by_hour.calls_over_reservation IS
    'Calls that cost more than was set aside.';
COMMENT ON COLUMN slipway.usage_by_hour.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.usage_by_hour.calls_as_fallback IS
    'Calls that a later entry of the route answered.';
COMMENT ON COLUMN slipway.usage_by_hour.last_request_id IS
    'The latest of them, to look it up.';
