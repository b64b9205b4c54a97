-- Begin a run of an agent, owned by the worker that asks.
--
-- p_tenant_id, p_user_id  who asks, from key_check()
-- p_run_id                its new id
-- p_client_key            Idempotency-Key of the request, or NULL
-- p_feature, p_question   what is asked
-- p_owner                 random word of the worker
-- p_lease_ms              how long it has the run without a sign of life
-- p_keep_ms               how long the run is kept
--
-- Returns the id of the run: an older one when this user's p_client_key began
-- it; '' when that one was about something else.
-- Locks: the row of agent_runs.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.agent_start(
    p_tenant_id bigint,
    p_user_id bigint,
    p_run_id text,
    p_client_key text,
    p_feature text,
    p_question text,
    p_owner text,
    p_lease_ms bigint,
    p_keep_ms bigint
)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_run_id text;
BEGIN
    INSERT INTO slipway.agent_runs (tenant_id, run_id, user_id, client_key,
        feature, question, owner, lease_until, expires_at)
    VALUES (p_tenant_id, p_run_id, p_user_id, p_client_key, p_feature,
        p_question, p_owner,
        clock_timestamp() + p_lease_ms * interval '1 ms',
        clock_timestamp() + p_keep_ms * interval '1 ms')
    ON CONFLICT ON CONSTRAINT agent_runs_client_key_key DO NOTHING
    RETURNING run_id INTO v_run_id;
    IF v_run_id IS NOT NULL THEN
        RETURN v_run_id;
    END IF;
    SELECT r.run_id INTO v_run_id
    FROM slipway.agent_runs AS r
    WHERE r.tenant_id = p_tenant_id AND r.user_id = p_user_id
        AND r.client_key = p_client_key AND r.feature = p_feature
        AND r.question = p_question;
    RETURN coalesce(v_run_id, '');
END;
$$;
COMMENT ON FUNCTION slipway.agent_start(bigint, bigint, text, text, text, text,
    text, bigint, bigint) IS
    'Begin a run of an agent; the same Idempotency-Key gives the same run.';
