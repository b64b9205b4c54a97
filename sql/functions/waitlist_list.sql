-- Who asked for an account, oldest first.
--
-- p_state  waiting, approved or rejected; NULL: all
--
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.waitlist_list(p_state text DEFAULT NULL)
RETURNS SETOF slipway.waitlist
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT w.*
    FROM slipway.waitlist AS w
    WHERE p_state IS NULL OR w.state = p_state
    ORDER BY w.id
$$;
COMMENT ON FUNCTION slipway.waitlist_list(text) IS
    'Who asked for an account, oldest first.';
