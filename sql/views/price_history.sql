-- Prices with the time that each counted.
CREATE OR REPLACE VIEW slipway.price_history AS
SELECT p.provider || '/' || p.model AS model_route, p.valid_from,
    lead(p.valid_from) OVER (PARTITION BY p.provider, p.model
        ORDER BY p.valid_from) AS valid_until,
    p.input_pico * 1e-6 AS input_usd, p.cache_read_pico * 1e-6
        AS cache_read_usd,
    p.cache_write_pico * 1e-6 AS cache_write_usd,
    p.cache_write_1h_pico * 1e-6 AS cache_write_1h_usd,
    p.output_pico * 1e-6 AS output_usd, p.source
FROM slipway.prices AS p;

COMMENT ON VIEW slipway.price_history IS
    'Prices in US dollars per million tokens, and when each counted.';
COMMENT ON COLUMN slipway.price_history.model_route IS 'provider/model.';
COMMENT ON COLUMN slipway.price_history.valid_from IS 'From when it counts.';
COMMENT ON COLUMN slipway.price_history.valid_until IS
    'Until when; NULL: still, or no later one is known.';
COMMENT ON COLUMN slipway.price_history.input_usd IS
    'A million tokens of uncached input, in US dollars.';
COMMENT ON COLUMN slipway.price_history.cache_read_usd IS
    'The same, read from the provider''s cache.';
COMMENT ON COLUMN slipway.price_history.cache_write_usd IS
    'The same, written to the cache for 5 minutes.';
COMMENT ON COLUMN slipway.price_history.cache_write_1h_usd IS
    'The same, written for an hour.';
COMMENT ON COLUMN slipway.price_history.output_usd IS
    'A million tokens of output, reasoning included.';
COMMENT ON COLUMN slipway.price_history.source IS 'Where the price was read.';
