-- Move the days of a tenant to another time zone.
--
-- p_tenant    name; NULL: default
-- p_timezone  e.g. Europe/Berlin
--
-- The change counts from the next call on; what was spent stays in the days
-- where it is.
-- Errors: SW004 not_found, SW002 invalid_request.
-- Locks: the tenant's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.tenant_timezone_set(
    p_tenant text,
    p_timezone text
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant slipway.tenants := slipway.tenant_find(p_tenant);
BEGIN
    PERFORM slipway.timezone_check(p_timezone);
    UPDATE slipway.tenants AS ten
    SET timezone = p_timezone
    WHERE ten.id = v_tenant.id;
END;
$$;
COMMENT ON FUNCTION slipway.tenant_timezone_set(text, text) IS
    'Move the days of a tenant to another time zone.';
