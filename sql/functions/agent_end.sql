-- Let go of a run: it is over, waits for the person, or for another worker.
--
-- p_tenant_id, p_run_id  the run
-- p_owner                its owner
-- p_status               of agent_runs; running: any worker may go on, or when the
--                        person wants no more of it: stopped
-- p_answer               with done, else NULL
-- p_error, p_detail      why it failed or was interrupted; NULL and '' else
--
-- Returns false: the run is somebody else's by now, and nothing was written.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_end(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text,
    p_status text,
    p_answer text,
    p_error text,
    p_detail text
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_status text;
BEGIN
    UPDATE slipway.agent_runs AS a
    SET status = CASE WHEN a.stopping
                AND p_status IN ('running', 'needs_confirmation')
            THEN 'stopped' ELSE p_status END,
        answer = p_answer, error = p_error,
        detail = p_detail, owner = NULL, lease_until = NULL,
        updated_at = clock_timestamp()
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.owner = p_owner AND a.status = 'running'
    RETURNING a.status INTO v_status;
    IF v_status IS NULL THEN
        RETURN false;
    END IF;
    -- a call that was never made is no step; else it has failed
    DELETE FROM slipway.agent_steps AS s
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.status = 'calling'
        AND NOT EXISTS (
            SELECT FROM slipway.reservations AS o
            WHERE o.request_id = s.request_id)
        AND NOT EXISTS (
            SELECT FROM slipway.llm_calls AS c
            WHERE c.tenant_id = s.tenant_id AND c.request_id = s.request_id);
    UPDATE slipway.agent_steps AS s
    SET status = CASE s.status WHEN 'calling' THEN 'failed' ELSE 'skipped' END,
        updated_at = clock_timestamp()
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND (s.status = 'calling'
            OR v_status IN ('failed', 'stopped')
                AND s.status IN ('planned', 'waiting', 'confirmed'));
    RETURN true;
END;
$$;
COMMENT ON FUNCTION slipway.agent_end(bigint, text, text, text, text, text,
    text) IS
    'Let go of a run: it is over, or waits.';
