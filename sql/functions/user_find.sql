-- The user of this name.
--
-- p_user  NAME, or TENANT/NAME where several tenants have one of that name;
--         whatever the case
--
-- Returns the row.
-- Errors: SW004 not_found; SW002 invalid_request when the name alone is not
--   enough.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.user_find(p_user text)
RETURNS slipway.users
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_slash integer := strpos(p_user, '/');
    v_name text := substr(p_user, v_slash + 1);
    v_tenant text := nullif(left(p_user, greatest(v_slash - 1, 0)), '');
    v_rows slipway.users[];
BEGIN
    SELECT array_agg(usr)
    INTO v_rows
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    WHERE lower(usr.name) = lower(v_name)
        AND (v_tenant IS NULL OR lower(ten.name) = lower(v_tenant));
    IF v_rows IS NULL THEN
        PERFORM slipway.fail('not_found', format(
            'there is no user "%s"; "slipway user list" shows them', p_user));
    END IF;
    IF cardinality(v_rows) > 1 THEN
        PERFORM slipway.fail('invalid_request', format(
            'several tenants have a user "%s"; write TENANT/%s', v_name,
            v_name));
    END IF;
    RETURN v_rows[1];
END;
$$;
COMMENT ON FUNCTION slipway.user_find(text) IS
    'The user of this name or TENANT/NAME; SW004 when there is none.';
