-- End sessions of a user.
--
-- p_tenant_id, p_user_id  the user
-- p_but                   all but this one; NULL: all
--
-- Returns how many there were.
-- Locks: their rows.  Volatile.
CREATE OR REPLACE FUNCTION slipway.sessions_end(
    p_tenant_id bigint,
    p_user_id bigint,
    p_but bigint DEFAULT NULL
)
RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_rows integer;
BEGIN
    UPDATE slipway.api_keys AS a
    SET revoked_at = now()
    WHERE a.tenant_id = p_tenant_id AND a.user_id = p_user_id
        AND a.kind = 'session' AND a.revoked_at IS NULL
        AND a.id IS DISTINCT FROM p_but;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    RETURN v_rows;
END;
$$;
COMMENT ON FUNCTION slipway.sessions_end(bigint, bigint, bigint) IS
    'End the sessions of a user, or all but one; returns how many.';
