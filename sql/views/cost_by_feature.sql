-- Cost by day and feature.
CREATE OR REPLACE VIEW slipway.cost_by_feature AS
SELECT u.day,
    u.tenant,
    u.feature,
    sum(u.calls)::bigint AS calls,
    sum(u.cost_usd) AS cost_usd,
    round(sum(u.cost_usd) / sum(u.calls), 12) AS cost_per_call_usd,
    sum(u.input_tokens + u.cache_read_tokens + u.cache_write_tokens)
        AS input_tokens,
    sum(u.output_tokens) AS output_tokens
FROM slipway.usage_by_hour AS u
GROUP BY u.day, u.tenant, u.feature
ORDER BY u.day DESC, cost_usd DESC;

COMMENT ON VIEW slipway.cost_by_feature IS
    'What each feature cost, by day and tenant; newest and dearest first.';
COMMENT ON COLUMN slipway.cost_by_feature.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.cost_by_feature.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.cost_by_feature.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.cost_by_feature.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.cost_by_feature.cost_usd IS
    'Charged, in US dollars.';
COMMENT ON COLUMN slipway.cost_by_feature.cost_per_call_usd IS
    'On average, in US dollars.';
COMMENT ON COLUMN slipway.cost_by_feature.input_tokens IS
    'Input tokens, cached and uncached.';
COMMENT ON COLUMN slipway.cost_by_feature.output_tokens IS
    'Output tokens, reasoning included.';
