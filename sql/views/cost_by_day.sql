-- Cost by day and tenant.
CREATE OR REPLACE VIEW slipway.cost_by_day AS
SELECT c.day,
    ten.name AS tenant,
    count(*) AS calls,
    sum(c.cost_pico) * 1e-12 AS cost_usd,
    sum(c.input_tokens) AS input_tokens,
    sum(c.cache_read_tokens) AS cache_read_tokens,
    sum(c.cache_write_tokens + c.cache_write_1h_tokens) AS cache_write_tokens,
    sum(c.output_tokens) AS output_tokens,
    sum(c.reasoning_tokens) AS reasoning_tokens,
    count(*) FILTER (WHERE c.basis IN ('estimated', 'partial', 'pessimistic'))
        AS calls_not_exact,
    coalesce(sum(c.cost_pico) FILTER (
        WHERE c.basis IN ('estimated', 'partial', 'pessimistic')), 0) * 1e-12
        AS cost_not_exact_usd
FROM slipway.llm_calls AS c
LEFT JOIN slipway.tenants AS ten ON ten.id = c.tenant_id
GROUP BY c.day, ten.name
ORDER BY c.day DESC, ten.name;

COMMENT ON VIEW slipway.cost_by_day IS
    'What was spent, by day and tenant; newest first. SELECT sum(cost_usd) '
    'FROM slipway.cost_by_day WHERE day >= date_trunc(''month'', now()) is '
    'this month.';
COMMENT ON COLUMN slipway.cost_by_day.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.cost_by_day.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.cost_by_day.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.cost_by_day.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.cost_by_day.input_tokens IS 'Uncached input tokens.';
COMMENT ON COLUMN slipway.cost_by_day.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.cost_by_day.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.cost_by_day.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.cost_by_day.reasoning_tokens IS
    'Output tokens spent on reasoning.';
COMMENT ON COLUMN slipway.cost_by_day.calls_not_exact IS
    'Calls whose cost was not reported by the provider: estimated, broken off '
    'or charged in full.';
COMMENT ON COLUMN slipway.cost_by_day.cost_not_exact_usd IS
    'Their share of cost_usd.';
