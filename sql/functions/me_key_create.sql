-- A person makes an API key of the own account.
--
-- p_hash     SHA-256 of the token of the session
-- p_new      SHA-256 of the new key
-- p_prefix   its first characters
-- p_label    what it is for
-- p_days     days until it is refused; NULL: never
--
-- Returns its id.  A person has at most 50 keys in use.
-- Errors: SW001 unauthorized; SW003 forbidden: no session; SW002
--   invalid_request.
-- Locks: the user's row, the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.me_key_create(
    p_hash text,
    p_new text,
    p_prefix text,
    p_label text,
    p_days integer DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_max CONSTANT integer := 50;
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_user text;
BEGIN
    SELECT ten.name || '/' || usr.name
    INTO STRICT v_user
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    WHERE usr.tenant_id = v_key.tenant_id AND usr.id = v_key.user_id
    FOR NO KEY UPDATE OF usr;
    IF c_max <= (
        SELECT count(*)
        FROM slipway.api_keys AS a
        WHERE a.tenant_id = v_key.tenant_id AND a.user_id = v_key.user_id
            AND a.kind = 'key' AND a.revoked_at IS NULL
            AND (a.expires_at <= now()) IS NOT TRUE
    ) THEN
        PERFORM slipway.fail('invalid_request', format(
            'an account has at most %s keys; revoke one that is not used',
            c_max));
    END IF;
    RETURN slipway.key_create(v_user, p_new, p_prefix, p_label,
        now() + p_days * interval '1 day');
END;
$$;
COMMENT ON FUNCTION slipway.me_key_create(text, text, text, text, integer) IS
    'A person makes an API key; returns its id.';
