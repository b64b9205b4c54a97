-- Take over a run that no worker goes on with: its lease is over, and no call
-- of it is under way.  A step that a dead worker left in the middle is marked:
-- a model's as lost, a tool's as unknown.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
-- p_owner                           random word of the worker
-- p_lease_ms                        as in agent_start()
--
-- Returns true when the run is the caller's now; false when there is nothing
-- to go on with, or somebody does.
-- Errors: SW004 not_found.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_claim(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text,
    p_owner text,
    p_lease_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c_settled CONSTANT interval := interval '10 s';
    v_now timestamptz := clock_timestamp();
    r CONSTANT slipway.agent_runs := slipway.agent_hold(p_tenant_id, p_user_id,
        p_run_id);
BEGIN
    IF r.status <> 'running' OR r.lease_until > v_now THEN
        RETURN false;
    END IF;
    -- a live worker renews the lease of its call, and writes down what came
    -- of it right after it was settled
    PERFORM FROM slipway.agent_steps AS s
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.status = 'calling'
        AND (EXISTS (
                SELECT FROM slipway.reservations AS o
                WHERE o.request_id = s.request_id AND o.lease_until > v_now)
            OR EXISTS (
                SELECT FROM slipway.llm_calls AS c
                WHERE c.tenant_id = p_tenant_id
                    AND c.request_id = s.request_id
                    AND c.outcome <> 'abandoned'
                    AND c.settled_at > v_now - c_settled));
    IF FOUND THEN
        RETURN false;
    END IF;
    UPDATE slipway.agent_steps AS s
    SET status = CASE s.status WHEN 'calling' THEN 'lost' ELSE 'unknown' END,
        updated_at = v_now
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.status IN ('calling', 'sent');
    UPDATE slipway.agent_runs AS a
    SET owner = p_owner, error = NULL, detail = '', updated_at = v_now,
        lease_until = v_now + p_lease_ms * interval '1 ms'
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id;
    RETURN true;
END;
$$;
COMMENT ON FUNCTION slipway.agent_claim(bigint, bigint, text, text, bigint) IS
    'Take over a run that no worker goes on with.';
