-- Move a step from one status to the next, if it is there and the run is the
-- caller's: of two workers that try, one gets true.
--
-- p_tenant_id, p_run_id  the run
-- p_owner                its owner
-- p_lease_ms             as in agent_start()
-- p_step                 the step
-- p_from, p_to           statuses of agent_steps
-- p_result               what a tool gave; NULL: nothing yet
--
-- Returns false, and changes nothing, when it is not so.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_step_set(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text,
    p_lease_ms bigint,
    p_step integer,
    p_from text,
    p_to text,
    p_result text
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT slipway.agent_renew(p_tenant_id, p_run_id, p_owner, p_lease_ms)
    THEN
        RETURN false;
    END IF;
    UPDATE slipway.agent_steps AS s
    SET status = p_to, result = p_result, updated_at = clock_timestamp()
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.step = p_step AND s.status = p_from;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION slipway.agent_step_set(bigint, text, text, bigint, integer,
    text, text, text) IS
    'Move a step from one status to the next, once.';
