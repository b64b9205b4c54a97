-- A run with what its calls cost so far.
--
-- p_tenant_id, p_user_id, p_run_id  a run of this very user
--
-- Returns one row; cost_pico: its settled calls; spent_pico: with what is set
-- aside for one under way; stale: who went on with it is gone; changed_us: grows
-- with each change of the run or of a step.
-- Errors: SW004 not_found.
-- Locks: none.
-- Stable.
CREATE OR REPLACE FUNCTION slipway.agent_run(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text
)
RETURNS TABLE (
    status text,
    feature text,
    question text,
    answer text,
    error text,
    detail text,
    stopping boolean,
    stale boolean,
    interrupted boolean,
    changed_us bigint,
    cost_pico bigint,
    spent_pico bigint
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT a.status, a.feature, a.question, a.answer, a.error, a.detail,
        a.stopping,
        a.status = 'running'
            AND coalesce(a.lease_until < clock_timestamp(), false),
        a.status = 'running' AND a.owner IS NULL,
        (extract(epoch FROM a.updated_at) * 1000000)::bigint,
        m.cost_pico, m.spent_pico
    FROM slipway.agent_runs AS a
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(c.cost_pico), 0)::bigint AS cost_pico,
            coalesce(sum(coalesce(c.cost_pico, o.amount_pico)), 0)::bigint
                AS spent_pico
        FROM slipway.agent_steps AS s
        LEFT JOIN slipway.llm_calls AS c
            ON c.tenant_id = s.tenant_id AND c.request_id = s.request_id
            -- admitted right after; a tenant's day may be the next one or the
            -- one before, and only those partitions are looked at
            AND c.day BETWEEN (s.created_at AT TIME ZONE 'UTC')::date - 1
                AND (s.created_at AT TIME ZONE 'UTC')::date + 2
        LEFT JOIN slipway.reservations AS o
            ON o.request_id = s.request_id
        WHERE s.tenant_id = a.tenant_id AND s.run_id = a.run_id
            AND s.kind = 'model') AS m
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.user_id = p_user_id;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', 'there is no such run');
    END IF;
END;
$$;
COMMENT ON FUNCTION slipway.agent_run(bigint, bigint, text) IS
    'A run of a user with what its calls cost so far.';
