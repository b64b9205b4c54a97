-- Use a link that was sent by e-mail: the address is the person's.
--
-- p_purpose   verify or reset
-- p_hash      SHA-256 of the link's token
-- p_password  reset: Argon2id of the new password; all sessions end
--
-- Returns one row: tenant_id, user_id.
-- Errors: SW003 forbidden: unknown, used or expired.
-- Locks: the link's row, the account's row, the sessions' rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.mail_token_use(
    p_purpose text,
    p_hash text,
    p_password text DEFAULT NULL
)
RETURNS TABLE (tenant_id bigint, user_id bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_token slipway.mail_tokens;
BEGIN
    DELETE FROM slipway.mail_tokens AS t
    WHERE t.token_hash = decode(p_hash, 'hex') AND t.purpose = p_purpose
        AND t.expires_at > now()
    RETURNING * INTO v_token;
    UPDATE slipway.accounts AS acc
    SET email_verified_at = coalesce(acc.email_verified_at, now()),
        password_hash = coalesce(p_password, acc.password_hash),
        password_at = CASE WHEN p_password IS NULL THEN acc.password_at
            ELSE now() END
    WHERE acc.tenant_id = v_token.tenant_id AND acc.user_id = v_token.user_id
        AND acc.email = v_token.email;
    IF NOT FOUND THEN
        PERFORM slipway.fail('forbidden',
            'this link is not valid any more; ask for a new one');
    END IF;
    IF p_purpose = 'reset' THEN
        PERFORM slipway.sessions_end(v_token.tenant_id, v_token.user_id);
    END IF;
    tenant_id := v_token.tenant_id;
    user_id := v_token.user_id;
    RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION slipway.mail_token_use(text, text, text) IS
    'Use a link that was sent by e-mail.';
