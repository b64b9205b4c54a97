-- Is a call of a model for this run still wanted?
--
-- p_tenant_id, p_run_id  the run
-- p_owner                the worker that asked the model
--
-- Returns false when the person stopped it, or somebody else has it.
-- Locks: none.
-- Stable.
CREATE OR REPLACE FUNCTION slipway.agent_wanted(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text
)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM slipway.agent_runs AS a
        WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
            AND a.owner = p_owner AND a.status = 'running'
            AND NOT a.stopping)
$$;
COMMENT ON FUNCTION slipway.agent_wanted(bigint, text, text) IS
    'Is a call of a model for this run still wanted?';
