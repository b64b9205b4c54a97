-- The prices that count now: of each model, the latest that has begun.
--
-- Returns pico-dollars per token.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.prices_current()
RETURNS TABLE (
    provider text,
    model text,
    valid_from timestamptz,
    input_pico bigint,
    cache_read_pico bigint,
    cache_write_pico bigint,
    cache_write_1h_pico bigint,
    output_pico bigint,
    source text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT ON (p.provider, p.model) p.provider, p.model,
        p.valid_from, p.input_pico, p.cache_read_pico, p.cache_write_pico,
        p.cache_write_1h_pico, p.output_pico, p.source
    FROM slipway.prices AS p
    WHERE p.valid_from <= now()
    ORDER BY p.provider, p.model, p.valid_from DESC;
$$;
COMMENT ON FUNCTION slipway.prices_current() IS
    'The price of each model that counts now, in pico-dollars per token.';
