-- Cost by day and tenant.
CREATE OR REPLACE VIEW slipway.cost_by_day AS
SELECT u.day,
    u.tenant,
    sum(u.calls)::bigint AS calls,
    sum(u.cost_usd) AS cost_usd,
    sum(u.input_tokens) AS input_tokens,
    sum(u.cache_read_tokens) AS cache_read_tokens,
    sum(u.cache_write_tokens) AS cache_write_tokens,
    sum(u.output_tokens) AS output_tokens,
    sum(u.reasoning_tokens) AS reasoning_tokens,
    sum(u.calls_not_exact)::bigint AS calls_not_exact,
    sum(u.cost_not_exact_usd) AS cost_not_exact_usd
FROM slipway.usage_by_hour AS u
GROUP BY u.day, u.tenant
ORDER BY u.day DESC, u.tenant;

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
