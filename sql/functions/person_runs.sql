-- A user's runs of agents with their steps, where this schema has such.
--
-- p_tenant_id, p_user_id  the user
--
-- Returns an array.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.person_runs(
    p_tenant_id bigint,
    p_user_id bigint
)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_runs jsonb;
BEGIN
    IF to_regclass('slipway.agent_runs') IS NOT NULL THEN
        EXECUTE $sql$
            SELECT jsonb_agg(to_jsonb(r) - 'tenant_id' - 'user_id' - 'owner'
                || jsonb_build_object('steps', (
                    SELECT jsonb_agg(to_jsonb(s) - 'tenant_id' - 'run_id'
                        ORDER BY s.step)
                    FROM slipway.agent_steps AS s
                    WHERE s.tenant_id = r.tenant_id AND s.run_id = r.run_id
                )) ORDER BY r.created_at)
            FROM slipway.agent_runs AS r
            WHERE r.tenant_id = $1 AND r.user_id = $2
        $sql$ INTO v_runs USING p_tenant_id, p_user_id;
    END IF;
    RETURN coalesce(v_runs, '[]');
END;
$$;
COMMENT ON FUNCTION slipway.person_runs(bigint, bigint) IS
    'A user''s runs of agents with their steps.';
