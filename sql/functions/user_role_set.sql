-- Make a user an admin, or an admin a user.
--
-- p_user  NAME or TENANT/NAME
-- p_role  user or admin
--
-- Errors: as user_find(); SW002 invalid_request: no such role.
-- Locks: the user's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.user_role_set(p_user text, p_role text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
BEGIN
    IF p_role IS NULL OR p_role NOT IN ('user', 'admin') THEN
        PERFORM slipway.fail('invalid_request', 'a role is user or admin');
    END IF;
    UPDATE slipway.users AS usr
    SET role = p_role
    WHERE usr.tenant_id = v_user.tenant_id AND usr.id = v_user.id;
END;
$$;
COMMENT ON FUNCTION slipway.user_role_set(text, text) IS
    'Make a user an admin, or an admin a user.';
