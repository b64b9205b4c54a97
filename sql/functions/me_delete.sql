-- A person deletes the own account.
--
-- p_hash  SHA-256 of the token of the session
-- p_name  the name of the account, typed again
--
-- Errors: SW001 unauthorized; SW003 forbidden: no session; SW002
--   invalid_request: another name, or the last administrator.
-- Locks: the users with the role admin, the user's rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.me_delete(p_hash text, p_name text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_user slipway.users;
BEGIN
    SELECT usr.* INTO STRICT v_user
    FROM slipway.users AS usr
    WHERE usr.tenant_id = v_key.tenant_id AND usr.id = v_key.user_id;
    IF (lower(v_user.name) = lower(p_name)) IS NOT TRUE THEN
        PERFORM slipway.fail('invalid_request',
            'to delete the account, type its name as it is shown');
    END IF;
    PERFORM slipway.account_last_admin(v_user);
    PERFORM slipway.account_erase(v_key.tenant_id, v_key.user_id);
END;
$$;
COMMENT ON FUNCTION slipway.me_delete(text, text) IS
    'A person deletes the own account.';
