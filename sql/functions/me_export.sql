-- Everything that is kept about a person.
--
-- p_hash  SHA-256 of the token of the session
-- p_max   so many of the latest calls; calls_total says how many there are
--
-- Returns one object: user, identities, keys, sessions, days, calls.
-- Errors: SW001 unauthorized; SW003 forbidden: no session.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.me_export(
    p_hash text,
    p_max integer DEFAULT 20000
)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash, 'session');
    v_t bigint := v_key.tenant_id;
    v_u bigint := v_key.user_id;
BEGIN
    RETURN jsonb_build_object(
        'exported_at', slipway.json_time(now()),
        'user', (
            SELECT jsonb_build_object('id', usr.id, 'name', usr.name,
                'role', usr.role, 'tenant', ten.name,
                'created_at', slipway.json_time(usr.created_at),
                'email', acc.email, 'email_verified_at',
                slipway.json_time(acc.email_verified_at),
                'password_set_at', slipway.json_time(acc.password_at))
            FROM slipway.users AS usr
            JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
            LEFT JOIN slipway.accounts AS acc
                ON acc.tenant_id = usr.tenant_id AND acc.user_id = usr.id
            WHERE usr.tenant_id = v_t AND usr.id = v_u),
        'identities', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer,
                'subject', i.subject,
                'created_at', slipway.json_time(i.created_at))), '[]')
            FROM slipway.identities AS i
            WHERE i.tenant_id = v_t AND i.user_id = v_u),
        'keys', slipway.me_keys(v_key),
        'sessions', slipway.me_sessions(v_key),
        'days', (
            SELECT coalesce(jsonb_agg(jsonb_build_object('day', d.day,
                'calls', d.calls, 'cost_usd', slipway.json_usd(d.settled))
                ORDER BY d.day), '[]')
            FROM slipway.daily_spend AS d
            WHERE d.tenant_id = v_t AND d.scope = 'user'
                AND d.scope_id = v_u),
        'calls_total', (
            SELECT count(*)
            FROM slipway.llm_calls AS c
            WHERE c.tenant_id = v_t AND c.user_id = v_u),
        'calls', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'request_id', x.request_id,
                'at', slipway.json_time(x.created_at), 'feature', x.feature,
                'model_route', x.model_route, 'outcome', x.outcome,
                'input_tokens', x.input_tokens,
                'output_tokens', x.output_tokens,
                'cost_usd', slipway.json_usd(x.cost_pico))
                ORDER BY x.request_id), '[]')
            FROM (
                SELECT c.*
                FROM slipway.llm_calls AS c
                WHERE c.tenant_id = v_t AND c.user_id = v_u
                ORDER BY c.request_id DESC
                LIMIT p_max
            ) AS x));
END;
$$;
COMMENT ON FUNCTION slipway.me_export(text, integer) IS
    'Everything that is kept about a person, as one object.';
