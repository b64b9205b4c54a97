-- The ledger beside a provider's usage export.
BEGIN;
SELECT plan(8);
SELECT t.person('ann') \g /dev/null
SELECT t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_' || g))
    FROM generate_series(1, 5) AS g)) \g /dev/null
-- two answered, one failed for nothing, one of another provider
SELECT is(t.results(jsonb_build_array(t.entry('req_1'), t.entry('req_2'),
    t.entry('req_3', '{"basis": "none", "outcome": "failed", "cost_pico": 0}'),
    t.entry('req_4', '{"model_route": "anthropic/claude"}'))),
    'settled settled settled settled', 'four calls');
-- the day in UTC on which this transaction began, and its calls with it
CREATE FUNCTION t.today() RETURNS date LANGUAGE sql AS
$$ SELECT (max(created_at) AT TIME ZONE 'UTC')::date FROM slipway.llm_calls $$;

CREATE FUNCTION t.theirs(p_over jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_array(jsonb_build_object('day', t.today(),
        'model', 'gpt-5-mini', 'calls', 2, 'input_tokens', 38,
        'output_tokens', 60, 'cost_usd', null) || p_over)
$$;
SELECT results_eq($$ SELECT model, our_calls, their_calls, our_input_tokens,
        their_input_tokens, our_output_tokens, their_output_tokens, their_usd
    FROM slipway.reconcile('openai', t.theirs()) $$,
    $$ VALUES ('gpt-5-mini', 2::bigint, 2::bigint, 38::bigint, 38::bigint,
        60::bigint, 60::bigint, NULL::numeric) $$,
    'what cost nothing, and other providers, do not count');
SELECT results_eq($$ SELECT model, our_calls, their_calls
    FROM slipway.reconcile('openai',
        t.theirs('{"model": "gpt-5-mini-2025-08-07"}')) $$,
    $$ VALUES ('gpt-5-mini-2025-08-07', 2::bigint, 2::bigint) $$,
    'a dated version is the same model');
SELECT results_eq($$ SELECT model, our_calls, their_calls
    FROM slipway.reconcile('openai', t.theirs('{"model": "o3"}')) $$,
    $$ VALUES ('gpt-5-mini', 2::bigint, 0::bigint),
        ('o3', 0::bigint, 2::bigint) $$,
    'what only one side knows is shown');
SELECT results_eq($$ SELECT day, our_calls, their_calls
    FROM slipway.reconcile('openai', t.theirs('{"day": "2026-01-20"}')) $$,
    $$ VALUES (date '2026-01-20', 0::bigint, 2::bigint) $$,
    'only the days of the export count');
SELECT results_eq($$ SELECT our_usd, their_usd
    FROM slipway.reconcile('openai', t.theirs('{"cost_usd": "0.5"}')
        || t.theirs('{"cost_usd": "0.25", "calls": 0}')) $$,
    $$ VALUES (0.000000::numeric, 0.750000::numeric) $$,
    'rows of one day and model are added up');
SELECT results_eq($$ SELECT differs
    FROM generate_series(0, 1) AS g, slipway.reconcile('openai', t.theirs(
        jsonb_build_object('calls', 2 + g))) ORDER BY g $$,
    $$ VALUES (false), (true) $$, 'a call too many differs');
SELECT is_empty($$ SELECT * FROM slipway.reconcile('openai', '[]') $$,
    'an empty export has no days');
SELECT * FROM finish();
ROLLBACK;
