-- All tenants, by name.
--
-- Returns id, name, timezone, own limits (NULL: the configuration's), number
-- of users, what was spent and is reserved in its day of now, in pico-dollars.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.tenant_list()
RETURNS TABLE (
    id bigint,
    name text,
    timezone text,
    rpm integer,
    daily_cap_pico bigint,
    users bigint,
    settled_pico bigint,
    reserved_pico bigint,
    created_at timestamptz,
    disabled_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT ten.id, ten.name, ten.timezone, ten.rpm, ten.daily_cap_pico,
        (SELECT count(*) FROM slipway.users AS usr
            WHERE usr.tenant_id = ten.id),
        coalesce(d.settled, 0), coalesce(d.reserved, 0), ten.created_at,
        ten.disabled_at
    FROM slipway.tenants AS ten
    LEFT JOIN slipway.daily_spend AS d
        ON d.tenant_id = ten.id AND d.scope = 'tenant' AND d.scope_id = ten.id
        AND d.day = (now() AT TIME ZONE ten.timezone)::date
    ORDER BY lower(ten.name);
$$;
COMMENT ON FUNCTION slipway.tenant_list() IS
    'All tenants with their limits and what they spent today.';
