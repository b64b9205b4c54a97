-- What the workers sign their own short-lived papers with.
--
-- p_name  what it is for: challenge
--
-- Returns random text; NULL: there is none of this name.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.signing_key(p_name text)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT k.secret
    FROM slipway.signing_keys AS k
    WHERE k.name = p_name
$$;
COMMENT ON FUNCTION slipway.signing_key(text) IS
    'What the workers sign their own papers with.';
