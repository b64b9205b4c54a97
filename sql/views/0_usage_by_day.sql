-- What was used, by day and everything that one asks by: the sums of the
-- rollups and, of the last hours, the calls themselves.
CREATE OR REPLACE VIEW slipway.usage_by_day AS
SELECT u.utc_day, u.day, u.user_id, ten.name AS tenant,
    usr.name AS "user", u.key_id, a.prefix AS key, u.feature,
    CASE WHEN u.model_route = '' THEN '(none)'
        ELSE split_part(u.model_route, '/', 1) END AS provider,
    coalesce(nullif(u.model_route, ''), '(none)') AS model_route, u.outcome,
    u.calls, u.cost_pico * 1e-12 AS cost_usd, u.input_tokens,
    u.cache_read_tokens, u.cache_write_tokens, u.output_tokens,
    u.reasoning_tokens, u.not_exact_calls AS calls_not_exact,
    u.not_exact_pico * 1e-12 AS cost_not_exact_usd,
    u.fallback_calls AS calls_as_fallback,
    u.over_calls AS calls_over_reservation, u.last_call_at, u.cost_pico
FROM (
    SELECT d.tenant_id, d.utc_day, d.day, d.user_id, d.key_id, d.feature,
        d.model_route, d.outcome, d.calls, d.cost_pico, d.input_tokens,
        d.cache_read_tokens, d.cache_write_tokens, d.output_tokens,
        d.reasoning_tokens, d.not_exact_calls, d.not_exact_pico,
        d.fallback_calls, d.over_calls, d.last_call_at
    FROM slipway.rollup_days AS d
    UNION ALL
    SELECT c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.user_id, c.key_id, c.feature, c.model_route, c.outcome, count(*),
        sum(c.cost_pico)::bigint, sum(c.input_tokens)::bigint,
        sum(c.cache_read_tokens)::bigint,
        sum(c.cache_write_tokens + c.cache_write_1h_tokens)::bigint,
        sum(c.output_tokens)::bigint, sum(c.reasoning_tokens)::bigint,
        count(*) FILTER (WHERE c.basis
            IN ('estimated', 'partial', 'pessimistic')),
        coalesce(sum(c.cost_pico) FILTER (WHERE c.basis
            IN ('estimated', 'partial', 'pessimistic')), 0)::bigint,
        count(*) FILTER (WHERE c.fallback_tier > 0),
        count(*) FILTER (WHERE c.over_reservation), max(c.created_at)
    FROM slipway.llm_calls AS c
    WHERE c.created_at >= (SELECT s.rolled_until FROM slipway.rollup_state AS s)
        AND c.day >= (
            SELECT (s.rolled_until AT TIME ZONE 'UTC')::date - 1
            FROM slipway.rollup_state AS s
        )
    GROUP BY c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.user_id, c.key_id, c.feature, c.model_route, c.outcome
) AS u
LEFT JOIN slipway.tenants AS ten ON ten.id = u.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = u.tenant_id AND usr.id = u.user_id
LEFT JOIN slipway.api_keys AS a
    ON a.tenant_id = u.tenant_id AND a.id = u.key_id;

COMMENT ON VIEW slipway.usage_by_day IS
    'What was used, by day, tenant, user, key, feature, model and '
    'outcome. Sum over what you do not ask by; complete up to now, and '
    'kept when calls are dropped.';
COMMENT ON COLUMN slipway.usage_by_day.utc_day IS
    'Day in UTC in which the calls were admitted.';
COMMENT ON COLUMN slipway.usage_by_day.day IS
    'Day in the time zone of the tenant, whose caps it counts for.';
COMMENT ON COLUMN slipway.usage_by_day.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.usage_by_day.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.usage_by_day."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.usage_by_day.key_id IS 'Number of the API key.';
COMMENT ON COLUMN slipway.usage_by_day.key IS
    'First characters of the API key.';
COMMENT ON COLUMN slipway.usage_by_day.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.usage_by_day.provider IS
    'Provider that answered; (none): none did.';
COMMENT ON COLUMN slipway.usage_by_day.model_route IS
    'provider/model that answered; (none): none did.';
COMMENT ON COLUMN slipway.usage_by_day.outcome IS
    'How the calls ended, as in calls.';
COMMENT ON COLUMN slipway.usage_by_day.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.usage_by_day.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.usage_by_day.input_tokens IS
    'Uncached input tokens.';
COMMENT ON COLUMN slipway.usage_by_day.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.usage_by_day.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.usage_by_day.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.usage_by_day.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.usage_by_day.calls_not_exact IS
    'Calls whose cost was not reported by the provider.';
COMMENT ON COLUMN slipway.usage_by_day.cost_not_exact_usd IS
    'Their share of cost_usd.';
COMMENT ON COLUMN slipway.usage_by_day.calls_as_fallback IS
    'Calls that a later entry of the route answered.';
COMMENT ON COLUMN slipway.usage_by_day.calls_over_reservation IS
    'Calls that cost more than was set aside.';
COMMENT ON COLUMN slipway.usage_by_day.last_call_at IS
    'When the last of them was admitted.';
COMMENT ON COLUMN slipway.usage_by_day.cost_pico IS
    'cost_usd in pico-dollars: whole numbers, much quicker to sum.';
