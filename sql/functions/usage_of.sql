-- What a user spent, by day, newest first.
--
-- p_user  NAME or TENANT/NAME
-- p_days  how many days back, today included
--
-- Returns day (in the tenant's time zone), calls, settled and reserved
-- pico-dollars; a day without calls has no row.
-- Errors: as user_find().
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.usage_of(
    p_user text,
    p_days integer DEFAULT 30
)
RETURNS TABLE (
    day date,
    calls bigint,
    settled_pico bigint,
    reserved_pico bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
BEGIN
    RETURN QUERY
    SELECT d.day, d.calls, d.settled, d.reserved
    FROM slipway.daily_spend AS d
    JOIN slipway.tenants AS ten ON ten.id = d.tenant_id
    WHERE d.tenant_id = v_user.tenant_id AND d.scope = 'user'
        AND d.scope_id = v_user.id
        AND d.day > (now() AT TIME ZONE ten.timezone)::date - p_days
    ORDER BY d.day DESC;
END;
$$;
COMMENT ON FUNCTION slipway.usage_of(text, integer) IS
    'What a user spent, by day, newest first.';
