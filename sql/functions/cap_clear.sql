-- Take away a user's or a tenant's own limits: those of the configuration
-- count again, from the next call on.
--
-- p_scope  user or tenant
-- p_name   the user (NAME or TENANT/NAME) or the tenant
--
-- Errors: SW004 not_found, SW002 invalid_request.
-- Locks: the row of the user or tenant.  Volatile.
CREATE OR REPLACE FUNCTION slipway.cap_clear(p_scope text, p_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users;
    v_tenant slipway.tenants;
BEGIN
    CASE p_scope
        WHEN 'user' THEN
            v_user := slipway.user_find(p_name);
            UPDATE slipway.users AS usr
            SET daily_cap_pico = NULL,
                rpm = NULL
            WHERE usr.tenant_id = v_user.tenant_id AND usr.id = v_user.id;
        WHEN 'tenant' THEN
            v_tenant := slipway.tenant_find(p_name);
            UPDATE slipway.tenants AS ten
            SET daily_cap_pico = NULL,
                rpm = NULL
            WHERE ten.id = v_tenant.id;
        ELSE
            PERFORM slipway.fail('invalid_request', format(
                'a cap belongs to a user or a tenant, not to "%s"', p_scope));
    END CASE;
END;
$$;
COMMENT ON FUNCTION slipway.cap_clear(text, text) IS
    'Take away own limits of a user or tenant.';
