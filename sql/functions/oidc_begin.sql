-- Note a sign-in that goes to the OpenID provider, for ten minutes.
--
-- p_state     SHA-256 of the parameter state, 64 hex digits
-- p_nonce     what the ID token must repeat
-- p_verifier  code verifier of PKCE
-- p_next      where the browser goes then
-- p_invite    code of an invite, or empty
--
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.oidc_begin(
    p_state text,
    p_nonce text,
    p_verifier text,
    p_next text,
    p_invite text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO slipway.oidc_logins (state_hash, nonce, verifier, next,
        invite, expires_at)
    VALUES (decode(p_state, 'hex'), p_nonce, p_verifier, p_next,
        coalesce(p_invite, ''), now() + interval '10 minutes')
$$;
COMMENT ON FUNCTION slipway.oidc_begin(text, text, text, text, text) IS
    'Note a sign-in that goes to the OpenID provider.';
