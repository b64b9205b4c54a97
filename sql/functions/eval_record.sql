-- Keep a run of an evaluation.
--
-- p_run  {"suite", "tag", "revision", "url", "p50_ms", "p95_ms" (-1: no
--        answer came), "results": [{"case_id", "target", "attempt", "state",
--        "failed_checks", "request_id", "model_route", "answer_pico",
--        "judge_pico", "latency_ms"}]}
--
-- What the ledger knows of a call (cost, prompt version, model) is taken from
-- there; answer_pico is for calls that it does not know.
--
-- Returns the number of the run.
-- Errors: SW002 invalid_request: it has no results.
-- Locks: rows of its own.  Volatile.
CREATE OR REPLACE FUNCTION slipway.eval_record(p_run jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_id bigint;
BEGIN
    IF jsonb_typeof(p_run -> 'results') IS DISTINCT FROM 'array'
        OR jsonb_array_length(p_run -> 'results') = 0
    THEN
        PERFORM slipway.fail('invalid_request', 'a run has results');
    END IF;
    INSERT INTO slipway.eval_runs (suite, tag, revision, url, passed, failed,
        errors, not_run, cost_pico, p50_ms, p95_ms)
    VALUES (left(p_run ->> 'suite', 1000), p_run ->> 'tag',
        left(p_run ->> 'revision', 100), p_run ->> 'url', 0, 0, 0, 0, 0,
        nullif((p_run ->> 'p50_ms')::bigint, -1),
        nullif((p_run ->> 'p95_ms')::bigint, -1))
    RETURNING id INTO v_id;

    INSERT INTO slipway.eval_results (run_id, n, case_id, target, attempt,
        state, failed_checks, request_id, prompt_version, model_route,
        cost_pico, latency_ms)
    SELECT v_id, r.n, x.case_id, x.target, x.attempt, x.state,
        x.failed_checks, x.request_id, coalesce(c.prompt_version, ''),
        coalesce(c.model_route, x.model_route),
        coalesce(c.cost_pico, x.answer_pico) + x.judge_pico, x.latency_ms
    FROM jsonb_array_elements(p_run -> 'results') WITH ORDINALITY AS r (v, n)
    CROSS JOIN LATERAL jsonb_to_record(r.v) AS x (case_id text, target text,
        attempt integer, state text, failed_checks text, request_id text,
        model_route text, answer_pico bigint, judge_pico bigint,
        latency_ms bigint)
    LEFT JOIN LATERAL (
        SELECT f.prompt_version, f.model_route, f.cost_pico
        FROM slipway.call_find(x.request_id) AS f
        WHERE f.settled_at IS NOT NULL
    ) AS c ON x.request_id <> '';

    UPDATE slipway.eval_runs AS e
    SET passed = s.passed, failed = s.failed, errors = s.errors,
        not_run = s.not_run, cost_pico = s.cost_pico
    FROM (
        SELECT count(*) FILTER (WHERE state = 'passed') AS passed,
            count(*) FILTER (WHERE state = 'failed') AS failed,
            count(*) FILTER (WHERE state = 'error') AS errors,
            count(*) FILTER (WHERE state = 'not_run') AS not_run,
            sum(cost_pico)::bigint AS cost_pico
        FROM slipway.eval_results
        WHERE run_id = v_id
    ) AS s
    WHERE e.id = v_id;
    RETURN v_id;
END;
$$;
COMMENT ON FUNCTION slipway.eval_record(jsonb) IS
    'Keep a run of an evaluation: names, verdicts and figures.';
