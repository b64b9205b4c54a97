-- The sessions of a person that are open, newest first.
--
-- p_key  the session that asks: it is marked
--
-- Returns an array.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.me_sessions(p_key slipway.api_keys)
RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', s.key_id, 'method', s.method, 'agent', s.agent,
        'login_at', slipway.json_time(s.login_at),
        'seen_at', slipway.json_time(s.seen_at),
        'expires_at', slipway.json_time(a.expires_at),
        'current', s.key_id = p_key.id) ORDER BY s.key_id DESC), '[]')
    FROM slipway.sessions AS s
    JOIN slipway.api_keys AS a
        ON a.tenant_id = s.tenant_id AND a.id = s.key_id
    WHERE s.tenant_id = p_key.tenant_id AND s.user_id = p_key.user_id
        AND a.revoked_at IS NULL AND a.expires_at > now()
        AND (s.rotated_at IS NULL OR s.key_id = p_key.id)
$$;
COMMENT ON FUNCTION slipway.me_sessions(slipway.api_keys) IS
    'The open sessions of a person.';
