-- What a person sees of the own account.
--
-- p_hash      SHA-256 of the token of a key, session or visitor
-- p_defaults  as in admit()
--
-- Returns one object: user, usage (today, month, days: the last 31 that had
-- calls), limits (NULL: none), and for a session also keys and sessions.
-- Money is in dollars, as text.
-- Errors: SW001 unauthorized.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.me(p_hash text, p_defaults jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_key slipway.api_keys := slipway.key_owner(p_hash);
    v_user slipway.users;
    v_tenant slipway.tenants;
    v_account slipway.accounts;
    v_today date;
    v_cap bigint;
    v_result jsonb;
BEGIN
    SELECT usr.* INTO STRICT v_user
    FROM slipway.users AS usr
    WHERE usr.tenant_id = v_key.tenant_id AND usr.id = v_key.user_id;
    SELECT ten.* INTO STRICT v_tenant
    FROM slipway.tenants AS ten
    WHERE ten.id = v_key.tenant_id;
    SELECT acc.* INTO v_account
    FROM slipway.accounts AS acc
    WHERE acc.tenant_id = v_key.tenant_id AND acc.user_id = v_key.user_id;
    v_today := (now() AT TIME ZONE v_tenant.timezone)::date;
    v_cap := coalesce(v_user.daily_cap_pico,
        (p_defaults ->> 'user_daily_pico')::bigint);

    WITH spent AS (
        SELECT d.day, d.calls, d.settled, d.reserved
        FROM slipway.daily_spend AS d
        WHERE d.tenant_id = v_key.tenant_id AND d.scope = 'user'
            AND d.scope_id = v_key.user_id
            AND d.day >= least(v_today - 30,
                date_trunc('month', v_today)::date)
    )
    SELECT jsonb_build_object(
        'user', jsonb_build_object(
            'id', v_user.id, 'name', v_user.name, 'role', v_user.role,
            'tenant', v_tenant.name, 'timezone', v_tenant.timezone,
            'signed_in_with', v_key.kind,
            'email', v_account.email,
            'email_verified', v_account.email_verified_at IS NOT NULL,
            'has_password', v_account.password_hash IS NOT NULL,
            'created_at', slipway.json_time(v_user.created_at)),
        'usage', jsonb_build_object(
            'today', jsonb_build_object('day', v_today,
                'calls', coalesce(sum(s.calls)
                    FILTER (WHERE s.day = v_today), 0),
                'cost_usd', slipway.json_usd(coalesce(sum(s.settled)
                    FILTER (WHERE s.day = v_today), 0)),
                'reserved_usd', slipway.json_usd(coalesce(sum(s.reserved)
                    FILTER (WHERE s.day = v_today), 0))),
            'month', jsonb_build_object(
                'from', date_trunc('month', v_today)::date,
                'calls', coalesce(sum(s.calls) FILTER (
                    WHERE s.day >= date_trunc('month', v_today)), 0),
                'cost_usd', slipway.json_usd(coalesce(sum(s.settled) FILTER (
                    WHERE s.day >= date_trunc('month', v_today)), 0))),
            'days', coalesce(jsonb_agg(jsonb_build_object('day', s.day,
                'calls', s.calls, 'cost_usd', slipway.json_usd(s.settled))
                ORDER BY s.day), '[]')),
        'limits', jsonb_build_object(
            'daily_usd', CASE WHEN v_cap >= 0
                THEN slipway.json_usd(v_cap) END,
            'left_usd', CASE WHEN v_cap >= 0
                THEN slipway.json_usd(greatest(0, v_cap
                    - coalesce(sum(s.settled + s.reserved)
                        FILTER (WHERE s.day = v_today), 0))) END,
            'resets_at', slipway.json_time(
                (v_today + 1)::timestamp AT TIME ZONE v_tenant.timezone),
            'rpm', nullif(coalesce(v_user.rpm,
                (p_defaults ->> 'user_rpm')::integer), 0)))
    INTO v_result
    FROM spent AS s;
    IF v_key.kind = 'session' THEN
        v_result := v_result || jsonb_build_object(
            'keys', slipway.me_keys(v_key), 'sessions',
            slipway.me_sessions(v_key));
    ELSIF v_key.kind = 'visitor' THEN
        v_result := v_result || jsonb_build_object('messages', (
            SELECT coalesce(jsonb_object_agg(m.feature, m.messages), '{}')
            FROM slipway.visitor_messages AS m
            WHERE m.tenant_id = v_key.tenant_id AND m.key_id = v_key.id));
    END IF;
    RETURN v_result;
END;
$$;
COMMENT ON FUNCTION slipway.me(text, jsonb) IS
    'What a person sees of the own account, as one object.';
