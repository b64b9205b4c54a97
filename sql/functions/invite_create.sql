-- Make an invite.
--
-- p_tenant  name of the tenant; NULL: default
-- p_hash    SHA-256 of its code, 64 hex digits
-- p_days    days until it is refused
-- p_limits  {"email", "role", "rpm", "daily_cap_pico", "note"}: for whom it is
--           and what the account may; each may be absent
--
-- Returns its id.
-- Errors: SW004 not_found: no such tenant; SW002 invalid_request.
-- Locks: none but the new row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.invite_create(
    p_tenant text,
    p_hash text,
    p_days integer,
    p_limits jsonb DEFAULT '{}'
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_tenant slipway.tenants := slipway.tenant_find(p_tenant);
    v_id bigint;
BEGIN
    INSERT INTO slipway.invites (tenant_id, code_hash, email, role, rpm,
        daily_cap_pico, note, expires_at)
    VALUES (v_tenant.id, decode(p_hash, 'hex'),
        nullif(p_limits ->> 'email', ''),
        coalesce(p_limits ->> 'role', 'user'), (p_limits ->> 'rpm')::integer,
        (p_limits ->> 'daily_cap_pico')::bigint,
        coalesce(p_limits ->> 'note', ''), now() + p_days * interval '1 day')
    RETURNING id INTO v_id;
    RETURN v_id;
EXCEPTION
    WHEN check_violation OR not_null_violation OR unique_violation THEN
        PERFORM slipway.fail('invalid_request',
            'an invite has a role of user or admin, limits as `slipway cap` '
            'takes them, days until it ends, and a note of at most 128 '
            'characters');
END;
$$;
COMMENT ON FUNCTION slipway.invite_create(text, text, integer, jsonb) IS
    'Make an invite by the hash of its code; returns its id.';
