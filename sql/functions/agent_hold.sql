-- The run of a user, held until the transaction ends.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
--
-- Errors: SW004 not_found.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_hold(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text
)
RETURNS slipway.agent_runs
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_run slipway.agent_runs;
BEGIN
    SELECT a.* INTO v_run
    FROM slipway.agent_runs AS a
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.user_id = p_user_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', 'there is no such run');
    END IF;
    RETURN v_run;
END;
$$;
COMMENT ON FUNCTION slipway.agent_hold(bigint, bigint, text) IS
    'The run of a user, held until the transaction ends.';
