-- Create a tenant.
--
-- p_name      unique name without a slash
-- p_timezone  where its days begin, e.g. Europe/Berlin
--
-- Returns its id.
-- Errors: SW002 invalid_request: the name is taken or not allowed, or nobody
--   knows the time zone.
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.tenant_create(
    p_name text,
    p_timezone text DEFAULT 'UTC'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id bigint;
BEGIN
    PERFORM slipway.timezone_check(p_timezone);
    INSERT INTO slipway.tenants (name, timezone)
    VALUES (p_name, p_timezone)
    RETURNING id INTO v_id;
    RETURN v_id;
EXCEPTION
    WHEN unique_violation THEN
        PERFORM slipway.fail('invalid_request', format(
            'there is a tenant "%s" already', p_name));
    WHEN check_violation OR not_null_violation THEN
        PERFORM slipway.fail('invalid_request',
            'the name of a tenant has 1 to 128 characters, no slash and no '
            'control character');
END;
$$;
COMMENT ON FUNCTION slipway.tenant_create(text, text) IS
    'Create a tenant; returns its id.';
