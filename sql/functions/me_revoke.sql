-- A person revokes an API key or ends a session of the own account.
--
-- p_hash  SHA-256 of the token of the session that asks
-- p_kind  key or session
-- p_id    which one
--
-- Errors: SW001 unauthorized; SW003 forbidden: no session; SW004 not_found:
--   the person has none of this id.
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.me_revoke(
    p_hash text,
    p_kind text,
    p_id bigint
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
BEGIN
    UPDATE slipway.api_keys AS a
    SET revoked_at = coalesce(a.revoked_at, now())
    WHERE a.tenant_id = v_key.tenant_id AND a.user_id = v_key.user_id
        AND a.kind = p_kind AND a.id = p_id;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', format(
            'this account has no %s with the id %s', p_kind, p_id));
    END IF;
END;
$$;
COMMENT ON FUNCTION slipway.me_revoke(text, text, bigint) IS
    'A person revokes a key or ends a session.';
