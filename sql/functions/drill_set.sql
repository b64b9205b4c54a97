-- Let a provider fail on purpose for a while, on all hosts; or end that.
--
-- p_provider  its name in the configuration
-- p_seconds   for how long; 0 ends the drill
--
-- Returns when it ends; NULL when there was none to end.
-- Errors: SW002 invalid_request.
-- Locks: the row of the provider.  Volatile.
CREATE OR REPLACE FUNCTION slipway.drill_set(
    p_provider text,
    p_seconds bigint
)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_until timestamptz;
BEGIN
    IF p_seconds IS NULL OR p_seconds NOT BETWEEN 0 AND 86400 THEN
        PERFORM slipway.fail('invalid_request',
            'a drill takes at most a day (24h)');
    END IF;
    IF p_seconds = 0 THEN
        DELETE FROM slipway.drills
        WHERE provider = p_provider
        RETURNING now() INTO v_until;
        RETURN v_until;
    END IF;
    INSERT INTO slipway.drills AS d (provider, until)
    VALUES (p_provider, now() + p_seconds * interval '1 s')
    ON CONFLICT (provider) DO UPDATE SET until = excluded.until
    RETURNING d.until INTO v_until;
    RETURN v_until;
END;
$$;
COMMENT ON FUNCTION slipway.drill_set(text, bigint) IS
    'Begin or end a drill: a provider that fails on purpose.';
