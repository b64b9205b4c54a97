-- What each user used, by week: for long times, together with the days of
-- usage_by_user that are in no whole week of the time.
CREATE OR REPLACE VIEW slipway.usage_by_week AS
SELECT w.week, w.user_id, ten.name AS tenant, usr.name AS "user", w.key_id,
    a.prefix AS key, w.feature, w.calls, w.cost_pico * 1e-12 AS cost_usd,
    w.input_tokens, w.output_tokens, w.not_exact_calls AS calls_not_exact,
    w.last_call_at, w.cost_pico
FROM slipway.rollup_weeks AS w
LEFT JOIN slipway.tenants AS ten ON ten.id = w.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = w.tenant_id AND usr.id = w.user_id
LEFT JOIN slipway.api_keys AS a
    ON a.tenant_id = w.tenant_id AND a.id = w.key_id;

COMMENT ON VIEW slipway.usage_by_week IS
    'What each user used in whole weeks that are over, by key and feature.';
COMMENT ON COLUMN slipway.usage_by_week.week IS
    'The Monday on which it begins, in UTC.';
COMMENT ON COLUMN slipway.usage_by_week.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.usage_by_week.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.usage_by_week."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.usage_by_week.key_id IS 'Number of the API key.';
COMMENT ON COLUMN slipway.usage_by_week.key IS
    'First characters of the API key.';
COMMENT ON COLUMN slipway.usage_by_week.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.usage_by_week.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.usage_by_week.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.usage_by_week.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.usage_by_week.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.usage_by_week.calls_not_exact IS
    'Calls whose cost was not reported by the provider.';
COMMENT ON COLUMN slipway.usage_by_week.last_call_at IS
    'When the last of them was admitted.';
COMMENT ON COLUMN slipway.usage_by_week.cost_pico IS
    'cost_usd in pico-dollars: whole numbers, much quicker to sum.';
