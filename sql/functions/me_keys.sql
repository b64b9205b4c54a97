-- The API keys of a person, newest first; never a key or its hash.
--
-- p_key  the session that asks
--
-- Returns an array.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.me_keys(p_key slipway.api_keys)
RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', a.id, 'prefix', a.prefix, 'label', a.label,
        'state', CASE WHEN a.revoked_at IS NOT NULL THEN 'revoked'
            WHEN a.expires_at <= now() THEN 'expired' ELSE 'active' END,
        'created_at', slipway.json_time(a.created_at),
        'expires_at', slipway.json_time(a.expires_at),
        'revoked_at', slipway.json_time(a.revoked_at),
        'features', a.features, 'models', a.models, 'rpm', a.rpm,
        'daily_usd', CASE WHEN a.daily_cap_pico >= 0
            THEN slipway.json_usd(a.daily_cap_pico) END) ORDER BY a.id DESC),
        '[]')
    FROM slipway.api_keys AS a
    WHERE a.tenant_id = p_key.tenant_id AND a.user_id = p_key.user_id
        AND a.kind = 'key'
$$;
COMMENT ON FUNCTION slipway.me_keys(slipway.api_keys) IS
    'The API keys of a person, by prefix, label and state.';
