-- Open a session of a user who has shown who he is.
--
-- p_tenant_id, p_user_id  the user
-- p_hash         SHA-256 of the session's token, 64 hex digits
-- p_method       password, invite, oidc, proxy or reset
-- p_agent        what the browser calls itself
-- p_lifetime_ms  until it ends, unless it is used
--
-- Returns the id of the session.  A user has at most 50; the oldest end.
-- Errors: SW001 unauthorized: user or tenant is not there or disabled.
-- Locks: the user's row, the new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.session_open(
    p_tenant_id bigint,
    p_user_id bigint,
    p_hash text,
    p_method text,
    p_agent text,
    p_lifetime_ms bigint
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_max CONSTANT integer := 50;
    v_id bigint;
BEGIN
    PERFORM
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    WHERE usr.tenant_id = p_tenant_id AND usr.id = p_user_id
        AND usr.disabled_at IS NULL AND ten.disabled_at IS NULL
    FOR NO KEY UPDATE OF usr;
    IF NOT FOUND THEN
        PERFORM slipway.fail('unauthorized', 'this account is not in use');
    END IF;
    INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix, kind,
        expires_at)
    VALUES (p_tenant_id, p_user_id, decode(p_hash, 'hex'), 'session',
        'session', now() + p_lifetime_ms * interval '1 ms')
    RETURNING id INTO v_id;
    INSERT INTO slipway.sessions (tenant_id, key_id, user_id, method, agent)
    VALUES (p_tenant_id, v_id, p_user_id, p_method,
        left(regexp_replace(coalesce(p_agent, ''), '[[:cntrl:]]', ' ', 'g'),
            200));
    UPDATE slipway.api_keys AS a
    SET revoked_at = now()
    WHERE a.tenant_id = p_tenant_id AND a.id IN (
        SELECT o.id
        FROM slipway.api_keys AS o
        WHERE o.tenant_id = p_tenant_id AND o.user_id = p_user_id
            AND o.kind = 'session' AND o.revoked_at IS NULL
            AND o.expires_at > now()
        ORDER BY o.id DESC
        OFFSET c_max
    );
    RETURN v_id;
END;
$$;
COMMENT ON FUNCTION slipway.session_open(bigint, bigint, text, text, text,
    bigint) IS
    'Open a session by the hash of its token; returns its id.';
