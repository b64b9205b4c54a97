-- Users, by tenant and name.
--
-- p_tenant  of one tenant only; NULL: of all but anonymous, where each visitor
--           is a user
--
-- Returns tenant, name, id, role, own limits (NULL: the configuration's),
-- number of keys in use, what was spent and is reserved in the day of now, in
-- pico-dollars.
-- Errors: SW004 not_found: no such tenant.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.user_list(p_tenant text DEFAULT NULL)
RETURNS TABLE (
    tenant text,
    name text,
    id bigint,
    role text,
    rpm integer,
    daily_cap_pico bigint,
    keys bigint,
    settled_pico bigint,
    reserved_pico bigint,
    created_at timestamptz,
    disabled_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_tenant_id bigint;
BEGIN
    IF p_tenant IS NOT NULL THEN
        v_tenant_id := (slipway.tenant_find(p_tenant)).id;
    END IF;
    RETURN QUERY
    SELECT ten.name, usr.name, usr.id, usr.role, usr.rpm, usr.daily_cap_pico,
        (SELECT count(*) FROM slipway.api_keys AS a
            WHERE a.tenant_id = usr.tenant_id AND a.user_id = usr.id
                AND a.kind = 'key' AND a.revoked_at IS NULL
                AND (a.expires_at <= now()) IS NOT TRUE),
        coalesce(d.settled, 0), coalesce(d.reserved, 0), usr.created_at,
        usr.disabled_at
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    LEFT JOIN slipway.daily_spend AS d
        ON d.tenant_id = usr.tenant_id AND d.scope = 'user'
        AND d.scope_id = usr.id
        AND d.day = (now() AT TIME ZONE ten.timezone)::date
    WHERE usr.tenant_id = v_tenant_id
        OR v_tenant_id IS NULL AND lower(ten.name) <> 'anonymous'
    ORDER BY lower(ten.name), lower(usr.name);
END;
$$;
COMMENT ON FUNCTION slipway.user_list(text) IS
    'Users with their limits and what they spent today.';
