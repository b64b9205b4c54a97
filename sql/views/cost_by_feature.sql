-- Cost by day and feature.
CREATE OR REPLACE VIEW slipway.cost_by_feature AS
SELECT c.day,
    ten.name AS tenant,
    c.feature,
    count(*) AS calls,
    sum(c.cost_pico) * 1e-12 AS cost_usd,
    avg(c.cost_pico)::numeric(30, 0) * 1e-12 AS cost_per_call_usd,
    sum(c.input_tokens + c.cache_read_tokens + c.cache_write_tokens
        + c.cache_write_1h_tokens) AS input_tokens,
    sum(c.output_tokens) AS output_tokens
FROM slipway.llm_calls AS c
LEFT JOIN slipway.tenants AS ten ON ten.id = c.tenant_id
GROUP BY c.day, ten.name, c.feature
ORDER BY c.day DESC, cost_usd DESC;

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
