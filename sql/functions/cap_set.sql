-- Set a user's or a tenant's own limits.
--
-- p_scope       user or tenant
-- p_name        the user (NAME or TENANT/NAME) or the tenant
-- p_daily_pico  budget of a day in pico-dollars, -1: no cap; NULL: leave it
-- p_rpm         requests per minute, 0: no limit; NULL: leave it
--
-- It counts from the next call on, on all hosts.  cap_clear() goes back to the
-- limits of the configuration.
-- Errors: SW004 not_found, SW002 invalid_request.
-- Locks: the row of the user or tenant.  Volatile.
CREATE OR REPLACE FUNCTION slipway.cap_set(
    p_scope text,
    p_name text,
    p_daily_pico bigint,
    p_rpm integer
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users;
    v_tenant slipway.tenants;
BEGIN
    IF p_daily_pico NOT BETWEEN -1 AND 9000000000000000000
        OR p_rpm NOT BETWEEN 0 AND 1000000
    THEN
        PERFORM slipway.fail('invalid_request',
            'a daily cap is 0 to 9,000,000 USD (-1: no cap), requests per '
            'minute are 0 (no limit) to 1,000,000');
    END IF;
    CASE p_scope
        WHEN 'user' THEN
            v_user := slipway.user_find(p_name);
            UPDATE slipway.users AS usr
            SET daily_cap_pico = coalesce(p_daily_pico, usr.daily_cap_pico),
                rpm = coalesce(p_rpm, usr.rpm)
            WHERE usr.tenant_id = v_user.tenant_id AND usr.id = v_user.id;
        WHEN 'tenant' THEN
            v_tenant := slipway.tenant_find(p_name);
            UPDATE slipway.tenants AS ten
            SET daily_cap_pico = coalesce(p_daily_pico, ten.daily_cap_pico),
                rpm = coalesce(p_rpm, ten.rpm)
            WHERE ten.id = v_tenant.id;
        ELSE
            PERFORM slipway.fail('invalid_request', format(
                'a cap is set for a user or a tenant, not for "%s"; the cap '
                'of the system is system_daily_usd in the configuration',
                p_scope));
    END CASE;
END;
$$;
COMMENT ON FUNCTION slipway.cap_set(text, text, bigint, integer) IS
    'Set own limits of a user or tenant; NULL leaves one as it is.';
