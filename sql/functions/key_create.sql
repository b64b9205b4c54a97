-- Register an API key of a user.
--
-- p_user     NAME or TENANT/NAME
-- p_hash     SHA-256 of the key, 64 hex digits; the key itself never comes here
-- p_prefix   its first characters, to tell keys apart
-- p_label    what it is for
-- p_expires  from when it is refused; NULL: never
-- p_features, p_models, p_rpm, p_daily_cap_pico
--            its scope, as in api_keys; NULL: none
--
-- Returns its id.
-- Errors: as user_find(); SW002 invalid_request: the key exists, or an argument
--   is malformed.
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.key_create(
    p_user text,
    p_hash text,
    p_prefix text,
    p_label text DEFAULT '',
    p_expires timestamptz DEFAULT NULL,
    p_features text[] DEFAULT NULL,
    p_models text[] DEFAULT NULL,
    p_rpm integer DEFAULT NULL,
    p_daily_cap_pico bigint DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_user slipway.users := slipway.user_find(p_user);
    v_id bigint;
BEGIN
    IF (p_hash ~ '^[0-9a-f]{64}$') IS NOT TRUE THEN
        PERFORM slipway.fail('invalid_request',
            'the hash of a key is its SHA-256 in 64 lower-case hex digits');
    END IF;
    INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix, label,
        expires_at, features, models, rpm, daily_cap_pico)
    VALUES (v_user.tenant_id, v_user.id, decode(p_hash, 'hex'), p_prefix,
        coalesce(p_label, ''), p_expires, p_features, p_models, p_rpm,
        p_daily_cap_pico)
    RETURNING id INTO v_id;
    RETURN v_id;
EXCEPTION
    WHEN unique_violation THEN
        PERFORM slipway.fail('invalid_request', 'this key exists already');
    WHEN check_violation OR not_null_violation THEN
        PERFORM slipway.fail('invalid_request',
            'a key has a prefix of 1 to 32 characters and a label of at most '
            '128, without control characters; at most 100 features and 100 '
            'models; 0 to 1000000 requests per minute');
END;
$$;
COMMENT ON FUNCTION slipway.key_create(text, text, text, text, timestamptz,
    text[], text[], integer, bigint) IS
    'Register an API key by its hash; returns its id.';
