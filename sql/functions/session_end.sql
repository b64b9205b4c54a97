-- Sign out.
--
-- p_hash        SHA-256 of the token of a session or visitor
-- p_everywhere  end all sessions of the user
--
-- Returns how many ended; 0 when the token is not known (any more).
-- Locks: the sessions' rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.session_end(
    p_hash text,
    p_everywhere boolean
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys;
BEGIN
    UPDATE slipway.api_keys AS a
    SET revoked_at = now()
    WHERE a.key_hash = CASE WHEN p_hash ~ '^[0-9a-f]{64}$'
            THEN decode(p_hash, 'hex') END
        AND a.kind <> 'key' AND a.revoked_at IS NULL
        AND (a.expires_at <= now()) IS NOT TRUE
    RETURNING * INTO v_key;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    IF p_everywhere THEN
        RETURN 1 + slipway.sessions_end(v_key.tenant_id, v_key.user_id);
    END IF;
    RETURN 1;
END;
$$;
COMMENT ON FUNCTION slipway.session_end(text, boolean) IS
    'End a session, or all of its user; returns how many.';
