-- What the person says to a side effect.  The run goes on with the caller.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
-- p_step                            the step that waits
-- p_confirmed                       true: do it
-- p_owner, p_lease_ms               as in agent_start()
--
-- Returns true: decided now, and the run is the caller's; false: the same was
-- said before.
-- Errors: SW004 not_found (no such run or step), SW002 invalid_request (the
-- other was said before, or the step does not wait).
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_decide(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text,
    p_step integer,
    p_confirmed boolean,
    p_owner text,
    p_lease_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_run CONSTANT slipway.agent_runs := slipway.agent_hold(p_tenant_id, p_user_id,
        p_run_id);
    v_status text;
BEGIN
    SELECT s.status INTO v_status
    FROM slipway.agent_steps AS s
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.step = p_step AND s.effect = 'side_effect';
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found',
            'this run has no such step to confirm');
    END IF;
    IF v_run.status = 'needs_confirmation' AND v_status = 'waiting' THEN
        UPDATE slipway.agent_steps AS s
        SET status = CASE WHEN p_confirmed THEN 'confirmed' ELSE 'declined' END,
            updated_at = clock_timestamp()
        WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
            AND s.step = p_step;
        UPDATE slipway.agent_runs AS a
        SET status = 'running', owner = p_owner,
            lease_until = clock_timestamp() + p_lease_ms * interval '1 ms',
            updated_at = clock_timestamp()
        WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id;
        RETURN true;
    END IF;
    IF v_status IN ('planned', 'waiting', 'skipped')
        OR (v_status = 'declined') = p_confirmed
    THEN
        PERFORM slipway.fail('invalid_request',
            'this step does not wait for a decision');
    END IF;
    RETURN false;
END;
$$;
COMMENT ON FUNCTION slipway.agent_decide(bigint, bigint, text, integer,
    boolean, text, bigint) IS
    'What the person says to a side effect; the run goes on with the caller.';
