-- Write down what a model said, and the tools that it calls as steps to come.
--
-- p_tenant_id, p_run_id  the run
-- p_owner                its owner
-- p_lease_ms             as in agent_start()
-- p_step                 of agent_ask()
-- p_text                 the text of the answer
-- p_tools                [{"id", "name", "effect", "arguments"}]; arguments
--                        as text
--
-- Returns false: the run is somebody else's by now, and nothing was written.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_said(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text,
    p_lease_ms bigint,
    p_step integer,
    p_text text,
    p_tools jsonb
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT slipway.agent_step_set(p_tenant_id, p_run_id, p_owner, p_lease_ms,
        p_step, 'calling', 'done', NULL)
    THEN
        RETURN false;
    END IF;
    UPDATE slipway.agent_steps AS s
    SET content = p_text
    WHERE s.tenant_id = p_tenant_id AND s.run_id = p_run_id
        AND s.step = p_step;
    INSERT INTO slipway.agent_steps (tenant_id, run_id, step, kind, status,
        call_id, tool, effect, content)
    SELECT p_tenant_id, p_run_id, p_step + t.n, 'tool', 'planned',
        t.value ->> 'id', t.value ->> 'name', t.value ->> 'effect',
        t.value ->> 'arguments'
    FROM jsonb_array_elements(p_tools) WITH ORDINALITY AS t (value, n);
    RETURN true;
END;
$$;
COMMENT ON FUNCTION slipway.agent_said(bigint, text, text, bigint, integer,
    text, jsonb) IS
    'Write down what a model said, and the tools that it calls.';
