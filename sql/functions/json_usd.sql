-- Pico-dollars as dollars for JSON: text, because a number may become a float
-- there.
--
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.json_usd(p_pico numeric)
RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN scale(trim_scale(x)) < 2 THEN round(x, 2)
        ELSE trim_scale(x) END::text
    FROM (SELECT p_pico / 1000000000000.0) AS v (x)
$$;
COMMENT ON FUNCTION slipway.json_usd(numeric) IS
    'Pico-dollars as dollars, in text.';
