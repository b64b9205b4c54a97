-- May this key see and change a run of its user?  A key that is limited to some
-- features may not when the run's is another.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
-- p_key_hash                        SHA-256 of the key, 64 hex digits
--
-- Errors: SW004 not_found.
-- Locks: none.
-- Stable.
CREATE OR REPLACE FUNCTION slipway.agent_may(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text,
    p_key_hash text
)
RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_feature text;
BEGIN
    SELECT a.feature INTO v_feature
    FROM slipway.agent_runs AS a
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.user_id = p_user_id;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', 'there is no such run');
    END IF;
    RETURN EXISTS (
        SELECT FROM slipway.api_keys AS k
        WHERE k.key_hash = decode(p_key_hash, 'hex')
            AND k.tenant_id = p_tenant_id AND k.user_id = p_user_id
            AND coalesce(v_feature = ANY (k.features), true));
END;
$$;
COMMENT ON FUNCTION slipway.agent_may(bigint, bigint, text, text) IS
    'May this key see and change a run of its user?';
