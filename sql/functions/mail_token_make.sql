-- Make a link that is sent by e-mail.
--
-- p_purpose  verify: p_whom is the hash of the session's token; reset: what the
--            person typed to name the account
-- p_hash     SHA-256 of the link's token
--
-- Returns the address to send it to; NULL: there is none, or five were sent
-- within 15 minutes.  A link for verifying works for a day, one to reset the
-- password for an hour; a new one ends the older ones.
-- Errors: for verify SW001, SW003 as key_owner(); SW002 when the address is
--   verified already or there is none.
-- Locks: the account's links.  Volatile.
CREATE OR REPLACE FUNCTION slipway.mail_token_make(
    p_purpose text,
    p_whom text,
    p_hash text
)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_account slipway.accounts;
    v_key slipway.api_keys;
BEGIN
    IF p_purpose = 'verify' THEN
        v_key := slipway.key_owner(p_whom, 'session');
        SELECT acc.*
        INTO v_account
        FROM slipway.accounts AS acc
        WHERE acc.tenant_id = v_key.tenant_id
            AND acc.user_id = v_key.user_id;
        IF v_account.email IS NULL
            OR v_account.email_verified_at IS NOT NULL
        THEN
            PERFORM slipway.fail('invalid_request',
                'this account has no address that is to be verified');
        END IF;
    ELSE
        v_account := slipway.account_find(p_whom);
    END IF;
    IF v_account.email IS NULL
        OR slipway.login_throttle('mail', v_account.email, 5) > 0
    THEN
        RETURN NULL;
    END IF;
    DELETE FROM slipway.mail_tokens AS t
    WHERE t.tenant_id = v_account.tenant_id
        AND t.user_id = v_account.user_id AND t.purpose = p_purpose;
    INSERT INTO slipway.mail_tokens (token_hash, purpose, tenant_id, user_id,
        email, expires_at)
    VALUES (decode(p_hash, 'hex'), p_purpose, v_account.tenant_id,
        v_account.user_id, v_account.email, now()
            + CASE p_purpose WHEN 'verify' THEN interval '1 day'
                ELSE interval '1 hour' END);
    RETURN v_account.email;
END;
$$;
COMMENT ON FUNCTION slipway.mail_token_make(text, text, text) IS
    'Make a link that is sent by e-mail; returns the address, if any.';
