-- A time for JSON: RFC 3339 in UTC.
--
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.json_time(p_at timestamptz)
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;
COMMENT ON FUNCTION slipway.json_time(timestamptz) IS
    'A time as RFC 3339 in UTC.';
