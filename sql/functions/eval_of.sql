-- What became of the cases of one run, in their order.
--
-- p_run_id  number of the run
--
-- Returns one row for each asking; none: there is no such run.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.eval_of(p_run_id bigint)
RETURNS TABLE (
    case_id text,
    target text,
    attempt integer,
    state text,
    failed_checks text,
    cost_pico bigint,
    latency_ms bigint,
    model_route text,
    prompt_version text,
    request_id text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT e.case_id, e.target, e.attempt, e.state, e.failed_checks,
        e.cost_pico, e.latency_ms, e.model_route, e.prompt_version,
        e.request_id
    FROM slipway.eval_results AS e
    WHERE e.run_id = p_run_id
    ORDER BY e.n;
$$;
COMMENT ON FUNCTION slipway.eval_of(bigint) IS
    'What became of the cases of one run of an evaluation.';
