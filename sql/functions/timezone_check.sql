-- Refuse the name of a time zone that PostgreSQL does not list.
--
-- p_timezone  e.g. UTC, Europe/Berlin
--
-- Errors: SW002 invalid_request.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.timezone_check(p_timezone text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM pg_timezone_names AS z
        WHERE z.name = p_timezone
    ) THEN
        PERFORM slipway.fail('invalid_request', format(
            'nobody knows the time zone "%s"; it is a name such as UTC or '
            'Europe/Berlin', p_timezone));
    END IF;
END;
$$;
COMMENT ON FUNCTION slipway.timezone_check(text) IS
    'Refuse the name of a time zone that PostgreSQL does not list.';
