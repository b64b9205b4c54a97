-- Milliseconds since 1970 of a time, rounded down; NULL of NULL.
--
-- For functions of the schema only.  Immutable.
CREATE OR REPLACE FUNCTION slipway.epoch_ms(p_at timestamptz)
RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT floor(extract(epoch FROM p_at) * 1000)::bigint;
$$;
COMMENT ON FUNCTION slipway.epoch_ms(timestamptz) IS
    'Milliseconds since 1970 of a time.';
REVOKE EXECUTE ON FUNCTION slipway.epoch_ms(timestamptz) FROM PUBLIC;
