-- Note that a session is in use, and give it a new token when it is due.
--
-- p_hash         SHA-256 of the token that was sent
-- p_new_hash     SHA-256 of a new one, in case it is due
-- p_after_ms     a token is renewed when it is so old
-- p_lifetime_ms  until the renewed session ends, unless it is used
--
-- Returns true when the new token counts from now on.  The old one works for
-- another minute, for requests that are under way.  90 days after the sign-in
-- a session ends whatever happens.
-- Errors: SW001 unauthorized.
-- Locks: the session's row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.session_rotate(
    p_hash text,
    p_new_hash text,
    p_after_ms bigint,
    p_lifetime_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_longest CONSTANT interval := '90 days';
    c_grace CONSTANT interval := '1 minute';
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_session slipway.sessions;
    v_id bigint;
BEGIN
    SELECT s.*
    INTO v_session
    FROM slipway.sessions AS s
    WHERE s.tenant_id = v_key.tenant_id AND s.key_id = v_key.id
    FOR NO KEY UPDATE;
    IF NOT FOUND OR v_session.rotated_at IS NOT NULL THEN
        RETURN false;
    END IF;
    IF v_key.created_at > now() - p_after_ms * interval '1 ms'
        OR v_session.login_at <= now() - c_longest
    THEN
        UPDATE slipway.sessions AS s
        SET seen_at = now()
        WHERE s.tenant_id = v_key.tenant_id AND s.key_id = v_key.id
            AND s.seen_at < now() - interval '1 minute';
        RETURN false;
    END IF;
    INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix, kind,
        expires_at)
    VALUES (v_key.tenant_id, v_key.user_id, decode(p_new_hash, 'hex'),
        'session', 'session', least(now() + p_lifetime_ms * interval '1 ms',
            v_session.login_at + c_longest))
    RETURNING id INTO v_id;
    INSERT INTO slipway.sessions (tenant_id, key_id, user_id, method, agent,
        login_at)
    VALUES (v_key.tenant_id, v_id, v_key.user_id, v_session.method,
        v_session.agent, v_session.login_at);
    UPDATE slipway.sessions AS s
    SET rotated_at = now()
    WHERE s.tenant_id = v_key.tenant_id AND s.key_id = v_key.id;
    UPDATE slipway.api_keys AS a
    SET expires_at = least(a.expires_at, now() + c_grace)
    WHERE a.tenant_id = v_key.tenant_id AND a.id = v_key.id;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION slipway.session_rotate(text, text, bigint, bigint) IS
    'Note that a session is in use; true when a new token took its place.';
