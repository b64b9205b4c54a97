-- Set the password of a user, for the operator.  All sessions end.
--
-- p_user      NAME or TENANT/NAME
-- p_password  its Argon2id; NULL: no sign-in by password any more
-- p_email     also the address of the account, taken as verified; NULL: leave
--             it as it is
--
-- Errors: as user_find(); SW002 invalid_request: the address is malformed or
--   another account has it.
-- Locks: the account's row, the sessions' rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.password_set(
    p_user text,
    p_password text,
    p_email text DEFAULT NULL
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
BEGIN
    INSERT INTO slipway.accounts AS acc (tenant_id, user_id, password_hash,
        password_at, email, email_verified_at)
    VALUES (v_user.tenant_id, v_user.id, p_password, now(), p_email,
        CASE WHEN p_email IS NOT NULL THEN now() END)
    ON CONFLICT (tenant_id, user_id) DO UPDATE
    SET password_hash = EXCLUDED.password_hash, password_at = now(),
        email = coalesce(EXCLUDED.email, acc.email),
        email_verified_at = CASE WHEN EXCLUDED.email IS NULL
            THEN acc.email_verified_at ELSE now() END;
    PERFORM slipway.sessions_end(v_user.tenant_id, v_user.id);
EXCEPTION
    WHEN unique_violation THEN
        PERFORM slipway.fail('invalid_request', format(
            'another account has the address %s', p_email));
    WHEN check_violation THEN
        PERFORM slipway.fail('invalid_request', format(
            '"%s" is no e-mail address', p_email));
END;
$$;
COMMENT ON FUNCTION slipway.password_set(text, text, text) IS
    'Set the password of a user and end all sessions.';
