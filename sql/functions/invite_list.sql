-- Invites, newest first; never a code or its hash.
--
-- p_tenant  of one tenant only; NULL: of all
--
-- Errors: SW004 not_found: no such tenant.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.invite_list(p_tenant text DEFAULT NULL)
RETURNS TABLE (
    id bigint,
    tenant text,
    email text,
    role text,
    rpm integer,
    daily_cap_pico bigint,
    note text,
    state text,
    created_at timestamptz,
    expires_at timestamptz,
    used_by text
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
    SELECT i.id, ten.name, i.email, i.role, i.rpm, i.daily_cap_pico, i.note,
        CASE
            WHEN i.used_at IS NOT NULL THEN 'used'
            WHEN i.revoked_at IS NOT NULL THEN 'revoked'
            WHEN i.expires_at <= now() THEN 'expired'
            ELSE 'open'
        END,
        i.created_at, i.expires_at, usr.name
    FROM slipway.invites AS i
    JOIN slipway.tenants AS ten ON ten.id = i.tenant_id
    LEFT JOIN slipway.users AS usr
        ON usr.tenant_id = i.tenant_id AND usr.id = i.used_by
    WHERE v_tenant_id IS NULL OR i.tenant_id = v_tenant_id
    ORDER BY i.id DESC;
END;
$$;
COMMENT ON FUNCTION slipway.invite_list(text) IS
    'Invites with their state; never the code.';
