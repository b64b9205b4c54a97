-- Hold a run that is under way, with a new lease.
--
-- p_tenant_id, p_run_id, p_owner, p_lease_ms  as in agent_ask()
--
-- Returns false, and changes nothing, when the run is somebody else's by now.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_renew(
    p_tenant_id bigint,
    p_run_id text,
    p_owner text,
    p_lease_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE slipway.agent_runs AS a
    SET updated_at = clock_timestamp(),
        lease_until = clock_timestamp() + p_lease_ms * interval '1 ms'
    WHERE a.tenant_id = p_tenant_id AND a.run_id = p_run_id
        AND a.owner = p_owner AND a.status = 'running';
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION slipway.agent_renew(bigint, text, text, bigint) IS
    'Hold a run that is under way, with a new lease.';
