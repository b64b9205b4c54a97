-- The caller of calls that Slipway makes itself (probes, shadow traffic), so
-- that they are admitted, capped and recorded like all others.  It is a user of
-- the tenant "slipway" with a key that nobody can send: only a random hash is
-- kept, of which no key is known.
--
-- p_name            of the user: probe, shadow
-- p_daily_cap_pico  what it may spend a day
--
-- Returns the hash of its key.
-- Locks: the tenant and the user, when they are made or the cap changes.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.internal_caller(
    p_name text,
    p_daily_cap_pico bigint
)
RETURNS bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant_id bigint;
    v_user_id bigint;
    v_hash bytea;
BEGIN
    INSERT INTO slipway.tenants (name, daily_cap_pico, rpm)
    VALUES ('slipway', -1, 0)
    ON CONFLICT DO NOTHING;
    SELECT t.id INTO STRICT v_tenant_id
    FROM slipway.tenants AS t
    WHERE lower(t.name) = 'slipway';
    INSERT INTO slipway.users (tenant_id, name, role, rpm, daily_cap_pico)
    VALUES (v_tenant_id, p_name, 'admin', 0, p_daily_cap_pico)
    ON CONFLICT DO NOTHING;
    SELECT u.id INTO STRICT v_user_id
    FROM slipway.users AS u
    WHERE u.tenant_id = v_tenant_id AND lower(u.name) = lower(p_name);
    UPDATE slipway.users
    SET daily_cap_pico = p_daily_cap_pico
    WHERE tenant_id = v_tenant_id AND id = v_user_id
        AND daily_cap_pico IS DISTINCT FROM p_daily_cap_pico;
    SELECT k.key_hash INTO v_hash
    FROM slipway.api_keys AS k
    WHERE k.tenant_id = v_tenant_id AND k.user_id = v_user_id
        AND k.revoked_at IS NULL
    ORDER BY k.id
    LIMIT 1;
    IF v_hash IS NULL THEN
        v_hash := sha256(uuid_send(gen_random_uuid())
            || uuid_send(gen_random_uuid()));
        INSERT INTO slipway.api_keys (tenant_id, user_id, key_hash, prefix,
            label)
        VALUES (v_tenant_id, v_user_id, v_hash, 'internal',
            'calls of Slipway itself');
    END IF;
    RETURN v_hash;
END;
$$;
COMMENT ON FUNCTION slipway.internal_caller(text, bigint) IS
    'The key hash of the user for calls that Slipway makes itself.';
