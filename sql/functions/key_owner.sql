-- Whose key, session or visitor this is.
--
-- p_hash  SHA-256 of the token, 64 hex digits
-- p_kind  only of this kind; NULL: of any
--
-- Returns its row.
-- Errors: SW001 unauthorized: unknown, revoked, expired, or its user or tenant
--   is disabled; SW003 forbidden: of another kind.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.key_owner(
    p_hash text,
    p_kind text DEFAULT NULL
)
RETURNS slipway.api_keys
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys;
BEGIN
    SELECT a.*
    INTO v_key
    FROM slipway.api_keys AS a
    JOIN slipway.users AS usr
        ON usr.tenant_id = a.tenant_id AND usr.id = a.user_id
    JOIN slipway.tenants AS ten ON ten.id = a.tenant_id
    WHERE a.key_hash = CASE WHEN p_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_hash, 'hex') END
        AND a.revoked_at IS NULL
        AND (a.expires_at <= now()) IS NOT TRUE
        AND usr.disabled_at IS NULL
        AND ten.disabled_at IS NULL;
    IF NOT FOUND THEN
        PERFORM slipway.fail('unauthorized',
            'this key or session is not known, or it has ended');
    END IF;
    IF v_key.kind <> p_kind THEN
        PERFORM slipway.fail('forbidden', format(
            'this needs a %s; sign in to have one', p_kind));
    END IF;
    RETURN v_key;
END;
$$;
COMMENT ON FUNCTION slipway.key_owner(text, text) IS
    'The row of a key, session or visitor in use, by the hash of its token.';
