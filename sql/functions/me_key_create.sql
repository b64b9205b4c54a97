-- A person makes an API key of the own account.
--
-- p_hash     SHA-256 of the token of the session
-- p_new      SHA-256 of the new key
-- p_prefix   its first characters
-- p_label    what it is for
-- p_days     days until it is refused; NULL: never
-- p_scope    {"features", "models", "rpm", "daily_cap_pico"}, as in api_keys;
--            what is absent is not limited
--
-- Returns its id.  A person has at most 50 keys in use.  No key can do more
-- than its person: the limits of the person hold for all keys together, and
-- a key with models may name them, which only administrators may.
-- Errors: SW001 unauthorized; SW003 forbidden: no session, or models for who
--   is no administrator; SW002 invalid_request.
-- Locks: the user's row, the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.me_key_create(
    p_hash text,
    p_new text,
    p_prefix text,
    p_label text,
    p_days integer DEFAULT NULL,
    p_scope jsonb DEFAULT '{}'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_max CONSTANT integer := 50;
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_user text;
    v_role text;
    v_features text[];
    v_models text[];
BEGIN
    SELECT ten.name || '/' || usr.name, usr.role
    INTO STRICT v_user, v_role
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
    SELECT array_agg(x.name ORDER BY x.n) INTO v_features
    FROM jsonb_array_elements_text(p_scope -> 'features')
        WITH ORDINALITY AS x (name, n);
    SELECT array_agg(x.name ORDER BY x.n) INTO v_models
    FROM jsonb_array_elements_text(p_scope -> 'models')
        WITH ORDINALITY AS x (name, n);
    IF v_models IS NOT NULL AND v_role <> 'admin' THEN
        PERFORM slipway.fail('forbidden',
            'only administrators name models, so only their keys may');
    END IF;
    RETURN slipway.key_create(v_user, p_new, p_prefix, p_label,
        now() + p_days * interval '1 day', v_features, v_models,
        (p_scope ->> 'rpm')::integer,
        (p_scope ->> 'daily_cap_pico')::bigint);
END;
$$;
COMMENT ON FUNCTION slipway.me_key_create(text, text, text, text, integer,
    jsonb) IS
    'A person makes an API key; returns its id.';
