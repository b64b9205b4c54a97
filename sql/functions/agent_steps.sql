-- The steps of a run, in their order.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
--
-- Returns no row when there is none.
-- Locks: none.
-- Stable.
CREATE OR REPLACE FUNCTION slipway.agent_steps(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text
)
RETURNS TABLE (
    step integer,
    kind text,
    status text,
    request_id text,
    call_id text,
    tool text,
    effect text,
    content text,
    result text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT s.step, s.kind, s.status, s.request_id, s.call_id, s.tool, s.effect,
        s.content, s.result
    FROM slipway.agent_runs AS a
    JOIN slipway.agent_steps AS s
        ON s.tenant_id = a.tenant_id AND s.run_id = a.run_id
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.user_id = p_user_id
    ORDER BY s.step
$$;
COMMENT ON FUNCTION slipway.agent_steps(bigint, bigint, text) IS
    'The steps of a run, in their order.';
