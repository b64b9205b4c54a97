-- Count an attempt of an address at something that costs us: making an
-- account, asking for a place, a mail or a challenge.
--
-- p_scope    address, mail or waitlist
-- p_address  where the request came from
-- p_max      so many within 15 minutes
--
-- Returns 0, or the seconds until the next one may be made.
-- Locks: the row of the count.  Volatile.
CREATE OR REPLACE FUNCTION slipway.attempt_count(
    p_scope text,
    p_address text,
    p_max integer
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN slipway.login_throttle(p_scope,
        slipway.address_network(p_address), p_max);
END;
$$;
COMMENT ON FUNCTION slipway.attempt_count(text, text, integer) IS
    'Count an attempt of an address; 0, or the seconds to wait.';
