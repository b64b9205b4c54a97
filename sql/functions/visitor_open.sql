-- A browser that solved a challenge becomes a visitor.
--
-- p_challenge    SHA-256 of the challenge, 64 hex digits: each makes one
-- p_hash         SHA-256 of the visitor's token
-- p_limits       {"daily_cap_pico"}: what all visitors together may spend a day
-- p_lifetime_ms  until the token ends
--
-- Returns its id.  Visitors belong to the tenant anonymous, which is made with
-- the first; each is a user of its own, so that none sees another's.
-- Errors: SW003 forbidden: the challenge was used; the tenant is disabled.
-- Locks: the tenant's row, the new rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.visitor_open(
    p_challenge text,
    p_hash text,
    p_limits jsonb,
    p_lifetime_ms bigint
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_cap bigint := (p_limits ->> 'daily_cap_pico')::bigint;
    v_tenant slipway.tenants;
    v_user_id bigint;
    v_key_id bigint;
BEGIN
    INSERT INTO slipway.tenants (name)
    VALUES ('anonymous')
    ON CONFLICT DO NOTHING;
    SELECT ten.* INTO STRICT v_tenant
    FROM slipway.tenants AS ten
    WHERE lower(ten.name) = 'anonymous';
    IF v_tenant.disabled_at IS NOT NULL THEN
        PERFORM slipway.fail('forbidden', 'visitors are not let in here');
    END IF;
    -- The setting counts: it may have changed since the last one came.
    UPDATE slipway.tenants AS ten
    SET daily_cap_pico = v_cap
    WHERE ten.id = v_tenant.id AND ten.daily_cap_pico IS DISTINCT FROM v_cap;
    INSERT INTO slipway.users (tenant_id, name)
    VALUES (v_tenant.id, 'visitor-' || left(p_challenge, 24))
    RETURNING id INTO v_user_id;
    INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix, kind,
        expires_at)
    VALUES (v_tenant.id, v_user_id, decode(p_hash, 'hex'), 'visitor',
        'visitor', now() + p_lifetime_ms * interval '1 ms')
    RETURNING id INTO v_key_id;
    INSERT INTO slipway.visitors (tenant_id, key_id, user_id, challenge_hash)
    VALUES (v_tenant.id, v_key_id, v_user_id, decode(p_challenge, 'hex'));
    RETURN v_key_id;
EXCEPTION WHEN unique_violation THEN
    PERFORM slipway.fail('forbidden',
        'this challenge was used; ask for a new one');
END;
$$;
COMMENT ON FUNCTION slipway.visitor_open(text, text, jsonb, bigint) IS
    'A browser that solved a challenge becomes a visitor.';
