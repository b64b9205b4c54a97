-- A person's password: what it is now, to compare with, or a new one.
--
-- p_hash      SHA-256 of the token of the session
-- p_password  Argon2id of the new one; NULL: only look
--
-- Returns the hash of the password until now; NULL: there is none.  A new
-- password ends the other sessions.
-- Errors: SW001 unauthorized; SW003 forbidden: no session.
-- Locks: the account's row, the sessions' rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.me_password(
    p_hash text,
    p_password text DEFAULT NULL
)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_before text;
BEGIN
    SELECT acc.password_hash
    INTO v_before
    FROM slipway.accounts AS acc
    WHERE acc.tenant_id = v_key.tenant_id AND acc.user_id = v_key.user_id;
    IF p_password IS NOT NULL THEN
        INSERT INTO slipway.accounts AS acc (tenant_id, user_id,
            password_hash, password_at)
        VALUES (v_key.tenant_id, v_key.user_id, p_password, now())
        ON CONFLICT (tenant_id, user_id) DO UPDATE
        SET password_hash = EXCLUDED.password_hash, password_at = now();
        PERFORM slipway.sessions_end(v_key.tenant_id, v_key.user_id,
            v_key.id);
        DELETE FROM slipway.mail_tokens AS t
        WHERE t.tenant_id = v_key.tenant_id AND t.user_id = v_key.user_id
            AND t.purpose = 'reset';
    END IF;
    RETURN v_before;
END;
$$;
COMMENT ON FUNCTION slipway.me_password(text, text) IS
    'The hash of a person''s password until now; sets a new one.';
