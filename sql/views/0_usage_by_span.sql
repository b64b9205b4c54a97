-- What each user used in the last 29 days and in the month, up to until_day: for
-- these times, together with the days of usage_by_user since then.
CREATE OR REPLACE VIEW slipway.usage_by_span AS
SELECT s.from_day, s.until_day, s.user_id, ten.name AS tenant,
    usr.name AS "user", s.key_id, a.prefix AS key, s.feature, s.calls,
    s.cost_pico * 1e-12 AS cost_usd, s.input_tokens, s.output_tokens,
    s.not_exact_calls AS calls_not_exact, s.last_call_at, s.cost_pico
FROM slipway.rollup_spans AS s
LEFT JOIN slipway.tenants AS ten ON ten.id = s.tenant_id
LEFT JOIN slipway.users AS usr
    ON usr.tenant_id = s.tenant_id AND usr.id = s.user_id
LEFT JOIN slipway.api_keys AS a
    ON a.tenant_id = s.tenant_id AND a.id = s.key_id;

COMMENT ON VIEW slipway.usage_by_span IS
    'What each user used in the last 29 days and in the month that are over, '
    'by key and feature.';
COMMENT ON COLUMN slipway.usage_by_span.from_day IS 'First day, in UTC.';
COMMENT ON COLUMN slipway.usage_by_span.until_day IS 'Last day, in UTC.';
COMMENT ON COLUMN slipway.usage_by_span.user_id IS 'Number of the user.';
COMMENT ON COLUMN slipway.usage_by_span.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.usage_by_span."user" IS 'Name of the user.';
COMMENT ON COLUMN slipway.usage_by_span.key_id IS 'Number of the API key.';
COMMENT ON COLUMN slipway.usage_by_span.key IS
    'First characters of the API key.';
COMMENT ON COLUMN slipway.usage_by_span.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.usage_by_span.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.usage_by_span.cost_usd IS
    'Charged, in US dollars.';
COMMENT ON COLUMN slipway.usage_by_span.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.usage_by_span.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.usage_by_span.calls_not_exact IS
    'Calls whose cost was not reported by the provider.';
COMMENT ON COLUMN slipway.usage_by_span.last_call_at IS
    'When the last of them was admitted.';
COMMENT ON COLUMN slipway.usage_by_span.cost_pico IS
    'cost_usd in pico-dollars: whole numbers, much quicker to sum.';
