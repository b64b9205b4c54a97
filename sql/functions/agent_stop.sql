-- The person wants no more of a run.  One that waits for the person ends at once;
-- one under way is marked, and who goes on with it ends it.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
--
-- Errors: SW004 not_found.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_stop(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_run CONSTANT slipway.agent_runs := slipway.agent_hold(p_tenant_id, p_user_id,
        p_run_id);
BEGIN
    IF v_run.status NOT IN ('running', 'needs_confirmation') THEN
        RETURN;
    END IF;
    UPDATE slipway.agent_runs AS a
    SET stopping = true, updated_at = clock_timestamp(),
        status = CASE v_run.status WHEN 'running' THEN 'running' ELSE 'stopped' END
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id;
    UPDATE slipway.agent_steps AS s
    SET status = 'skipped', updated_at = clock_timestamp()
    WHERE v_run.status = 'needs_confirmation'
        AND s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.status IN ('planned', 'waiting', 'confirmed');
END;
$$;
COMMENT ON FUNCTION slipway.agent_stop(bigint, bigint, text) IS
    'The person wants no more of a run.';
