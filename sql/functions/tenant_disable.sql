-- Refuse all keys of a tenant, or take them again.
--
-- p_tenant    name; NULL: default
-- p_disabled  true: refuse
--
-- Errors: SW004 not_found.
-- Locks: the tenant's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.tenant_disable(
    p_tenant text,
    p_disabled boolean DEFAULT true
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant slipway.tenants := slipway.tenant_find(p_tenant);
BEGIN
    UPDATE slipway.tenants AS ten
    SET disabled_at = CASE WHEN p_disabled
        THEN coalesce(ten.disabled_at, now()) END
    WHERE ten.id = v_tenant.id;
END;
$$;
COMMENT ON FUNCTION slipway.tenant_disable(text, boolean) IS
    'Refuse all keys of a tenant, or take them again.';
