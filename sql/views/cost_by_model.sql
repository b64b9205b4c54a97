-- Cost by day and model.
CREATE OR REPLACE VIEW slipway.cost_by_model AS
SELECT u.day,
    u.model_route,
    sum(u.calls)::bigint AS calls,
    sum(u.cost_usd) AS cost_usd,
    sum(u.input_tokens) AS input_tokens,
    sum(u.cache_read_tokens) AS cache_read_tokens,
    sum(u.cache_write_tokens) AS cache_write_tokens,
    sum(u.output_tokens) AS output_tokens,
    sum(u.calls_as_fallback)::bigint AS calls_as_fallback,
    sum(u.calls_over_reservation)::bigint AS calls_over_reservation
FROM slipway.usage_by_hour AS u
GROUP BY u.day, u.model_route
ORDER BY u.day DESC, cost_usd DESC;

COMMENT ON VIEW slipway.cost_by_model IS
    'What each model cost, by day; newest and dearest first. The figures to '
    'hold against the provider''s bill.';
COMMENT ON COLUMN slipway.cost_by_model.day IS
    'Day in the time zone of the tenant; providers bill by UTC days.';
COMMENT ON COLUMN slipway.cost_by_model.model_route IS
    'provider/model that answered; (none): no provider did.';
COMMENT ON COLUMN slipway.cost_by_model.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.cost_by_model.cost_usd IS 'Charged, in US dollars.';
COMMENT ON COLUMN slipway.cost_by_model.input_tokens IS
    'Uncached input tokens.';
COMMENT ON COLUMN slipway.cost_by_model.cache_read_tokens IS
    'Input tokens read from the provider''s cache.';
COMMENT ON COLUMN slipway.cost_by_model.cache_write_tokens IS
    'Input tokens written to the provider''s cache.';
COMMENT ON COLUMN slipway.cost_by_model.output_tokens IS
    'Output tokens, reasoning included.';
COMMENT ON COLUMN slipway.cost_by_model.calls_as_fallback IS
    'Calls that it answered because an earlier model of the route failed.';
COMMENT ON COLUMN slipway.cost_by_model.calls_over_reservation IS
    'Calls that cost more than was set aside: the bound was too low.';
