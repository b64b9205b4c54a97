-- Runs of evaluations, the latest first.
--
-- p_since  not older than this
-- p_limit  at most so many rows
--
-- Returns one row for each run.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.eval_list(
    p_since timestamptz,
    p_limit integer
)
RETURNS TABLE (
    id bigint,
    created_at timestamptz,
    suite text,
    tag text,
    revision text,
    passed integer,
    failed integer,
    errors integer,
    not_run integer,
    cost_pico bigint,
    p50_ms bigint,
    p95_ms bigint
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT r.id, r.created_at, r.suite, r.tag, r.revision, r.passed, r.failed,
        r.errors, r.not_run, r.cost_pico, r.p50_ms, r.p95_ms
    FROM slipway.eval_runs AS r
    WHERE r.created_at >= p_since
    ORDER BY r.id DESC
    LIMIT p_limit;
$$;
COMMENT ON FUNCTION slipway.eval_list(timestamptz, integer) IS
    'Runs of evaluations, the latest first.';
