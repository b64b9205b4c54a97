-- One change by the admin page, with the admin's name in the trail.
--
-- p_user_id  the admin, as key_check() gave it
-- p_action   pause, resume, cap_set, cap_clear, key_create, key_revoke,
--            user_create, user_disable, user_enable, user_role, tenant_create,
--            tenant_disable, tenant_enable, prompt_pin, prompt_unpin,
--            invite_create, invite_revoke, waitlist_approve, waitlist_reject
-- p_args     {"feature", "reason"}; {"scope", "name", "daily_usd": "1.50",
--            "none" or "", "rpm": "20", "none" or ""}; {"user", "hash",
--            "prefix", "label", "expires_days"}; {"id"}; {"tenant", "name",
--            "role"}; {"version"}; {"tenant", "email", "role", "note", "hash",
--            "expires_days"}: texts
--
-- Returns {"id"} of what was made, or {}.
-- Errors: SW002 invalid_request: no such action, or its arguments; else as the
--   functions that it calls.
-- Locks: as they do.  Volatile.
CREATE OR REPLACE FUNCTION slipway.admin_act(
    p_user_id bigint,
    p_action text,
    p_args jsonb
)
RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_actor text;
    v_id bigint;
    v_pico bigint;
    v_rpm integer;
    v_usd text := p_args ->> 'daily_usd';
BEGIN
    SELECT ten.name || '/' || usr.name
    INTO v_actor
    FROM slipway.users AS usr
    JOIN slipway.tenants AS ten ON ten.id = usr.tenant_id
    WHERE usr.id = p_user_id AND usr.role = 'admin';
    IF NOT FOUND THEN
        PERFORM slipway.fail('forbidden', 'only an admin changes things');
    END IF;
    -- for this transaction: one statement of the worker
    PERFORM set_config('slipway.actor', v_actor, true);
    BEGIN
        v_pico := CASE WHEN v_usd = 'none' THEN -1
            ELSE nullif(v_usd, '')::numeric * 1000000000000 END;
        v_rpm := CASE WHEN p_args ->> 'rpm' = 'none' THEN 0
            ELSE nullif(p_args ->> 'rpm', '')::integer END;
        v_id := nullif(p_args ->> 'id', '')::bigint;
    EXCEPTION WHEN data_exception THEN
        PERFORM slipway.fail('invalid_request',
            'daily_usd is dollars such as 1.50, or none; rpm and id are whole '
            'numbers');
    END;
    IF v_pico < -1 OR v_usd ~ '[eE]|^-' THEN
        PERFORM slipway.fail('invalid_request',
            'daily_usd is dollars such as 1.50, or none');
    END IF;
    CASE p_action
        WHEN 'pause', 'resume' THEN
            PERFORM slipway.pause_set(nullif(p_args ->> 'feature', ''),
                p_action = 'pause', p_args ->> 'reason');
        WHEN 'cap_set' THEN
            IF num_nonnulls(v_pico, v_rpm) = 0 THEN
                PERFORM slipway.fail('invalid_request',
                    'give daily_usd or rpm');
            END IF;
            PERFORM slipway.cap_set(p_args ->> 'scope', p_args ->> 'name',
                v_pico, v_rpm);
        WHEN 'cap_clear' THEN
            PERFORM slipway.cap_clear(p_args ->> 'scope', p_args ->> 'name');
        WHEN 'key_create' THEN
            v_id := slipway.key_create(p_args ->> 'user', p_args ->> 'hash',
                p_args ->> 'prefix', p_args ->> 'label',
                now() + nullif(p_args ->> 'expires_days', '')::integer
                    * interval '1 day');
        WHEN 'invite_create' THEN
            v_id := slipway.invite_create(nullif(p_args ->> 'tenant', ''),
                p_args ->> 'hash',
                coalesce(nullif(p_args ->> 'expires_days', ''), '7')::integer,
                jsonb_strip_nulls(jsonb_build_object(
                    'email', nullif(p_args ->> 'email', ''),
                    'role', nullif(p_args ->> 'role', ''),
                    'note', p_args ->> 'note', 'rpm', v_rpm,
                    'daily_cap_pico', v_pico::bigint)));
        WHEN 'invite_revoke' THEN
            PERFORM slipway.invite_revoke(v_id);
        WHEN 'waitlist_approve', 'waitlist_reject' THEN
            PERFORM slipway.waitlist_decide(v_id::text, CASE p_action
                WHEN 'waitlist_approve' THEN 'approved' ELSE 'rejected' END);
        WHEN 'key_revoke' THEN
            IF v_id IS NULL THEN
                PERFORM slipway.fail('invalid_request', 'give the id');
            END IF;
            PERFORM slipway.key_revoke(v_id::text);
        WHEN 'user_create' THEN
            v_id := slipway.user_create(nullif(p_args ->> 'tenant', ''),
                p_args ->> 'name', coalesce(nullif(p_args ->> 'role', ''),
                'user'));
        WHEN 'user_disable', 'user_enable' THEN
            PERFORM slipway.user_disable(p_args ->> 'user',
                p_action = 'user_disable');
        WHEN 'user_role' THEN
            PERFORM slipway.user_role_set(p_args ->> 'user',
                p_args ->> 'role');
        WHEN 'tenant_create' THEN
            v_id := slipway.tenant_create(p_args ->> 'name');
        WHEN 'tenant_disable', 'tenant_enable' THEN
            PERFORM slipway.tenant_disable(p_args ->> 'name',
                p_action = 'tenant_disable');
        WHEN 'prompt_pin' THEN
            PERFORM slipway.prompt_pin(p_args ->> 'feature',
                coalesce(p_args ->> 'version', ''));
        WHEN 'prompt_unpin' THEN
            PERFORM slipway.prompt_pin(p_args ->> 'feature', NULL);
        ELSE
            PERFORM slipway.fail('invalid_request', format(
                'there is no action "%s"', p_action));
    END CASE;
    -- What has no trigger of its own.
    IF p_action ~ '^(invite|waitlist)_' THEN
        INSERT INTO slipway.audit_log (tenant_id, who, via, what, target,
            after)
        VALUES (0, v_actor, session_user, replace(p_action, '_', ' '),
            coalesce(nullif(p_args ->> 'email', ''), v_id::text),
            p_args - 'hash' - 'email' - 'note');
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('id', v_id));
EXCEPTION WHEN data_exception THEN
    PERFORM slipway.fail('invalid_request', format(
        'an argument of %s is malformed: %s', p_action, sqlerrm));
END;
$$;
COMMENT ON FUNCTION slipway.admin_act(bigint, text, jsonb) IS
    'One change by the admin page, with the admin''s name in the trail.';
