-- Create a user.
--
-- p_tenant  name of its tenant; NULL: default
-- p_name    e-mail address or name, unique in the tenant
-- p_role    user or admin
--
-- Returns its id.
-- Errors: SW004 not_found: no such tenant; SW002 invalid_request: the name is
--   taken or not allowed, or there is no such role.
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.user_create(
    p_tenant text,
    p_name text,
    p_role text DEFAULT 'user'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant slipway.tenants := slipway.tenant_find(p_tenant);
    v_id bigint;
BEGIN
    INSERT INTO slipway.users (tenant_id, name, role)
    VALUES (v_tenant.id, p_name, p_role)
    RETURNING id INTO v_id;
    RETURN v_id;
EXCEPTION
    WHEN unique_violation THEN
        PERFORM slipway.fail('invalid_request', format(
            'the tenant "%s" has a user "%s" already', v_tenant.name, p_name));
    WHEN check_violation OR not_null_violation THEN
        PERFORM slipway.fail('invalid_request',
            'the name of a user has 1 to 128 characters, no slash and no '
            'control character; its role is user or admin');
END;
$$;
COMMENT ON FUNCTION slipway.user_create(text, text, text) IS
    'Create a user; returns its id.';
