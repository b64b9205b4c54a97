-- Everything that is kept about a person.
--
-- p_hash  SHA-256 of the token of the session
-- p_max   so many of the latest calls; calls_total says how many there are
--
-- Returns the object of person_export().
-- Errors: SW001 unauthorized; SW003 forbidden: no session.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.me_export(
    p_hash text,
    p_max integer DEFAULT 20000
)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN slipway.person_export(slipway.key_owner(p_hash, 'session'), p_max);
END;
$$;
COMMENT ON FUNCTION slipway.me_export(text, integer) IS
    'Everything that is kept about a person, as one object.';
