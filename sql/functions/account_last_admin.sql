-- Refuse to lose the last administrator.
--
-- p_user  who is to be erased
--
-- Errors: SW002 invalid_request: nobody else administers.
-- Locks: the users with the role admin, and this one.  Volatile.
CREATE OR REPLACE FUNCTION slipway.account_last_admin(p_user slipway.users)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM
    FROM slipway.users AS usr
    WHERE usr.role = 'admin' OR usr.id = p_user.id
    ORDER BY usr.tenant_id, usr.id
    FOR NO KEY UPDATE;
    PERFORM
    FROM slipway.users AS usr
    WHERE usr.tenant_id = p_user.tenant_id AND usr.id = p_user.id
        AND usr.role = 'admin';
    IF FOUND AND NOT EXISTS (
        SELECT
        FROM slipway.users AS usr
        WHERE usr.role = 'admin' AND usr.disabled_at IS NULL
            AND usr.id <> p_user.id
    ) THEN
        PERFORM slipway.fail('invalid_request',
            'this is the last administrator; make another one first');
    END IF;
END;
$$;
COMMENT ON FUNCTION slipway.account_last_admin(slipway.users) IS
    'Refuse to lose the last administrator.';
