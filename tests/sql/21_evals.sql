-- Runs of evaluations: figures from the ledger where it has them, sums, who may
-- what, and that no run is half written.
BEGIN;
SELECT plan(10);
SELECT t.person('ann') \g /dev/null
SELECT t.verdicts(jsonb_build_array(t.call('ann', 'req_ann1'))) \g /dev/null
SELECT t.results(jsonb_build_array(t.entry('req_ann1',
    '{"cost_pico": 7000, "prompt_version": "abc"}'))) \g /dev/null
CREATE FUNCTION pg_temp.result(p_over jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT '{"case_id": "one", "target": "chat", "attempt": 1,
        "state": "passed", "failed_checks": "", "request_id": "",
        "model_route": "told", "answer_pico": 5, "judge_pico": 3,
        "latency_ms": 20}'::jsonb || p_over
$$;
CREATE FUNCTION pg_temp.record(p_results jsonb) RETURNS bigint LANGUAGE sql AS
$$
    SELECT slipway.eval_record(jsonb_build_object('suite', 'a.yaml', 'tag', '',
        'revision', repeat('r', 200), 'url', 'https://x', 'p50_ms', 20,
        'p95_ms', -1, 'results', p_results))
$$;

SELECT ok(pg_temp.record(jsonb_build_array(
        pg_temp.result('{"request_id": "req_ann1"}'),
        pg_temp.result('{"case_id": "two", "state": "failed",
            "failed_checks": "equals"}'),
        pg_temp.result('{"case_id": "three", "state": "error",
            "request_id": "req_nobody"}'),
        pg_temp.result('{"case_id": "four", "state": "not_run",
            "answer_pico": 0, "judge_pico": 0}'))) > 0,
    'the number of the run');
SELECT is((SELECT (passed, failed, errors, not_run, cost_usd, p50_ms, p95_ms,
        pass_rate, length(revision))::text FROM slipway.eval_history),
    '(1,1,1,1,0.000000007019,20,,0.2500,100)', 'its sums');
SELECT is((SELECT string_agg(concat_ws(' ', case_id, cost_usd,
        model_route, failed_checks), ', ' ORDER BY n) FROM slipway.eval_cases),
    concat('one 0.000000007003 ', (SELECT model_route FROM slipway.llm_calls
            WHERE request_id = 'req_ann1'),
        ' , two 0.000000000008 told equals, three 0.000000000008 told , '
        'four 0.000000000000 told '),
    'the ledger''s cost and model where it knows the call');
SELECT is((SELECT prompt_version FROM slipway.eval_cases WHERE n = 1),
    (SELECT prompt_version FROM slipway.llm_calls
        WHERE request_id = 'req_ann1'), 'and its prompt');
SELECT throws_ok($$SELECT slipway.eval_record('{"results": []}')$$, 'SW002',
    NULL, 'a run has results');
SELECT throws_ok(format('SELECT pg_temp.record(%L)', jsonb_build_array(
    pg_temp.result('{"state": "fine"}'))), '23514', NULL,
    'a state is one of four');
SELECT is((SELECT count(*) FROM slipway.eval_runs), 1::bigint,
    'what failed left nothing');
SELECT is((SELECT count(*) FROM slipway.eval_list(now() - interval '1 day', 5)),
    1::bigint, 'the list has it');
SELECT is((SELECT string_agg(case_id, ' ') FROM slipway.eval_of(
    (SELECT max(id) FROM slipway.eval_runs))), 'one two three four',
    'a run has its cases in their order');
SELECT is((SELECT string_agg(a.attname, ' ' ORDER BY a.attname)
    FROM pg_attribute AS a
    WHERE a.attrelid IN ('slipway.eval_runs'::regclass,
            'slipway.eval_results'::regclass)
        AND a.attname ~ 'question|answer|prompt$|output|text'), NULL,
    'no column for what was said');
SELECT * FROM finish();
ROLLBACK;
