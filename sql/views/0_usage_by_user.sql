-- What each user used, by day: the sums of the rollups and, of the last hours,
-- the calls themselves.  Grouped by user_id alone it needs no names: join
-- them afterwards, from people.
CREATE OR REPLACE VIEW slipway.usage_by_user AS
SELECT u.utc_day, u.day, u.user_id, ten.name AS tenant, usr.name AS "user",
    u.key_id, a.prefix AS key, u.feature, u.calls,
    u.cost_pico * 1e-12 AS cost_usd, u.input_tokens, u.output_tokens,
    u.not_exact_calls AS calls_not_exact, u.last_call_at, u.cost_pico
FROM (
    SELECT r.tenant_id, r.utc_day, r.day, r.user_id, r.key_id, r.feature,
        r.calls, r.cost_pico, r.input_tokens, r.output_tokens,
        r.not_exact_calls, r.last_call_at
    FROM slipway.rollup_users AS r
    UNION ALL
    SELECT c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.user_id, c.key_id, c.feature, count(*), sum(c.cost_pico)::bigint,
        sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
            + c.cache_write_1h_tokens)::bigint,
        sum(c.output_tokens)::bigint,
        count(*) FILTER (WHERE c.basis
            IN ('estimated', 'partial', 'pessimistic')),
        max(c.created_at)
    FROM slipway.llm_calls AS c
    WHERE c.created_at >= (SELECT s.rolled_until FROM slipway.rollup_state AS s)
        AND c.day >= (
            SELECT (s.rolled_until AT TIME ZONE 'UTC')::date - 1
            FROM slipway.rollup_state AS s
        )
    GROUP BY c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.user_id, c.key_id, c.feature
) AS u
LEFT JOIN slipway.tenants AS ten ON ten.id = u.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = u.tenant_id AND usr.id = u.user_id
LEFT JOIN slipway.api_keys AS a
    ON a.tenant_id = u.tenant_id AND a.id = u.key_id;

COMMENT ON VIEW slipway.usage_by_user IS
    'What each user used, by day, key and feature; complete up to now. By '
    'model: usage_by_day.';
COMMENT ON COLUMN slipway.usage_by_user.utc_day IS
    'Day in UTC in which the calls were admitted.';
COMMENT ON COLUMN slipway.usage_by_user.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.usage_by_user.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.usage_by_user.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.usage_by_user."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.usage_by_user.key_id IS 'Number of the API key.';
COMMENT ON COLUMN slipway.usage_by_user.key IS
    'First characters of the API key.';
COMMENT ON COLUMN slipway.usage_by_user.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.usage_by_user.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.usage_by_user.cost_usd IS
    'Charged, in US dollars.';
COMMENT ON COLUMN slipway.usage_by_user.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.usage_by_user.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.usage_by_user.calls_not_exact IS
    'Calls whose cost was not reported by the provider.';
COMMENT ON COLUMN slipway.usage_by_user.last_call_at IS
    'When the last of them was admitted.';
COMMENT ON COLUMN slipway.usage_by_user.cost_pico IS
    'cost_usd in pico-dollars: whole numbers, much quicker to sum.';
