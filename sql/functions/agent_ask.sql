-- Write down that a model is about to be asked, before it is: what the call
-- costs is found by its request id, whatever dies.
--
-- p_tenant_id, p_run_id  the run
-- p_owner                its owner
-- p_lease_ms             as in agent_start()
-- p_request_id           of the call
--
-- Returns the number of the step; NULL: the run is somebody else's by now.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_ask(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text,
    p_lease_ms bigint,
    p_request_id text
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_step integer;
BEGIN
    IF NOT slipway.agent_renew(p_tenant_id, p_run_id, p_owner, p_lease_ms)
    THEN
        RETURN NULL;
    END IF;
    INSERT INTO slipway.agent_steps (tenant_id, run_id, step, kind, status,
        request_id)
    SELECT p_tenant_id, p_run_id, coalesce(max(s.step), 0) + 1, 'model',
        'calling', p_request_id
    FROM slipway.agent_steps AS s
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
    RETURNING step INTO v_step;
    RETURN v_step;
END;
$$;
COMMENT ON FUNCTION slipway.agent_ask(bigint, text, text, bigint, text) IS
    'Write down that a model is about to be asked.';
