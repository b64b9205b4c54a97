-- Take a sign-in that comes back from the OpenID provider: once.
--
-- p_state  SHA-256 of the parameter state, 64 hex digits
--
-- Returns one row (nonce, verifier, next, invite), or none when it is unknown,
-- came back before, or took longer than ten minutes.
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.oidc_take(p_state text)
RETURNS TABLE (nonce text, verifier text, next text, invite text)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM slipway.oidc_logins AS o
    WHERE o.state_hash = decode(p_state, 'hex') AND o.expires_at > now()
    RETURNING o.nonce, o.verifier, o.next, o.invite
$$;
COMMENT ON FUNCTION slipway.oidc_take(text) IS
    'Take a sign-in that comes back from the OpenID provider, once.';
