-- Settlement: every row of the settlement table, exactly once, and bad entries.
BEGIN;
SELECT plan(54);
SELECT t.person('ann'), t.person('bob') \g /dev/null
CREATE FUNCTION pg_temp.ann() RETURNS bigint LANGUAGE sql AS
$$ SELECT id FROM slipway.users WHERE name = 'ann' $$;
CREATE FUNCTION pg_temp.kept(p_request text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', outcome, basis, error, cost_pico, reserved_pico,
        over_reservation)
    FROM slipway.llm_calls WHERE request_id = p_request
$$;

-- one call, all of it
SELECT is(t.verdict('ann', 'req_1'), 'ok', 'admitted');
SELECT is(t.settle('req_1'), 'settled', 'settled');
SELECT is(t.sums('user', pg_temp.ann()), '0 400 1', 'charged to the user');
SELECT is(t.sums('tenant', 1), '0 400 1', '... the tenant');
SELECT is(t.sums('system', 0), '0 400 1', '... and the system');
SELECT is_empty('SELECT FROM slipway.reservations',
    'the reservation is gone');
SELECT is((SELECT to_jsonb(c) - 'created_at' - 'settled_at' - 'day'
    - 'system_day' - 'user_id' - 'key_id'
    FROM slipway.llm_calls AS c WHERE request_id = 'req_1'),
    jsonb_build_object('tenant_id', 1, 'request_id', 'req_1',
    'feature', 'chat', 'outcome', 'done', 'basis', 'provider_usage',
    'error', 'ok', 'cost_pico', 400, 'reserved_pico', 1000,
    'over_reservation', false, 'input_tokens', 10, 'cache_read_tokens', 2,
    'cache_write_tokens', 3, 'cache_write_1h_tokens', 4, 'output_tokens', 30,
    'reasoning_tokens', 5, 'model_route', 'openai/gpt-5-mini',
    'prompt_version', 'chat-1', 'trace_id', repeat('a', 32),
    'parent_span', repeat('b', 16), 'stream', true, 'fallback_tier', 0, 'ttft_ms', 120, 'latency_ms', 900),
    'the call is written down, all of it');
SELECT is((SELECT user_id FROM slipway.llm_calls WHERE request_id = 'req_1'),
    pg_temp.ann(), '... with its user');
SELECT is((SELECT to_jsonb(a) - 'day' FROM slipway.llm_attempts AS a
    WHERE request_id = 'req_1'),
    jsonb_build_object('tenant_id', 1, 'request_id', 'req_1', 'ordinal', 1,
    'model_route', 'openai/gpt-5-mini', 'result', 'ok', 'http_status', 200,
    'ttft_ms', 100, 'latency_ms', 800), '... and its attempt');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- exactly once
SELECT is(t.settle('req_1', '{"cost_pico": 999}'), 'duplicate',
    'settled again is a duplicate');
SELECT is(t.sums('user', pg_temp.ann()), '0 400 1', '... and changes nothing');
SELECT is(pg_temp.kept('req_1'), 'done provider_usage ok 400 1000 f',
    '... at all');
SELECT is(t.settle('req_none'), 'unknown', 'what was never admitted');
SELECT is(t.verdict('ann', 'req_2'), 'ok', 'one more');
SELECT is(t.results(jsonb_build_array(t.entry('req_2'),
    t.entry('req_2', '{"cost_pico": 1}'), t.entry('req_1'),
    t.entry('req_none'))), 'settled duplicate duplicate unknown',
    'twice in one batch');
SELECT is((SELECT cost_pico FROM slipway.llm_calls
    WHERE request_id = 'req_2'), 400::bigint, '... the first counts');

-- the settlement table, row by row
CREATE TEMP TABLE rows (request_id text, over jsonb, kept text);
INSERT INTO rows VALUES
    ('req_r1', '{}', 'done provider_usage ok 400 1000 f'),
    ('req_r2', '{"cost_pico": 0, "input_tokens": 0, "output_tokens": 0}',
        'done provider_usage ok 0 1000 f'),
    ('req_r3', '{"basis": "estimated"}', 'done estimated ok 400 1000 f'),
    ('req_r4', '{"outcome": "client_gone", "basis": "partial",
        "error": "client_closed", "cost_pico": 250}',
        'client_gone partial client_closed 250 1000 f'),
    ('req_r5', '{"outcome": "partial", "basis": "partial",
        "error": "upstream_cut", "cost_pico": 300}',
        'partial partial upstream_cut 300 1000 f'),
    ('req_r6', '{"outcome": "failed", "basis": "none",
        "error": "upstream_error", "cost_pico": 0, "model_route": "",
        "ttft_ms": null}', 'failed none upstream_error 0 1000 f'),
    ('req_r7', '{"outcome": "failed", "basis": "pessimistic",
        "error": "upstream_timeout", "cost_pico": 1000}',
        'failed pessimistic upstream_timeout 1000 1000 f'),
    ('req_r8', '{"outcome": "blocked", "basis": "none",
        "error": "content_blocked", "cost_pico": 0}',
        'blocked none content_blocked 0 1000 f'),
    ('req_r9', '{"cost_pico": 1001}', 'done provider_usage ok 1001 1000 t');
SELECT is(t.verdicts((SELECT jsonb_agg(t.call('bob', request_id)
    ORDER BY request_id) FROM rows)), 'ok ok ok ok ok ok ok ok ok',
    'one call for each row of the settlement table');
SELECT is(t.results((SELECT jsonb_agg(t.entry(request_id, over)
    ORDER BY request_id) FROM rows)),
    'settled settled settled settled settled settled settled settled settled',
    'settled in one batch');
SELECT is(pg_temp.kept(request_id), kept, kept) FROM rows ORDER BY request_id;
SELECT is(t.sums('user', (SELECT id FROM slipway.users WHERE name = 'bob')),
    '0 3351 9', 'a cost over the reservation is charged in full');
SELECT is((SELECT ttft_ms FROM slipway.llm_calls
    WHERE request_id = 'req_r6'), NULL, 'no token, no time to it');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- what is charged comes from the reservation
SELECT is(t.verdict('ann', 'req_3'), 'ok', 'of ann');
SELECT is(t.settle('req_3', jsonb_build_object('user_id',
    (SELECT id FROM slipway.users WHERE name = 'bob'), 'tenant_id', 7,
    'feature', 'docs', 'day', '1999-01-01')), 'settled',
    'an entry that says whose it is');
SELECT is((SELECT concat_ws(' ', tenant_id, user_id = pg_temp.ann(), feature,
    day > '2000-01-01') FROM slipway.llm_calls WHERE request_id = 'req_3'),
    '1 t chat t', '... is not believed');

-- bad entries
SELECT is(t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_b' || g))
    FROM generate_series(1, 12) AS g)), 'ok ok ok ok ok ok ok ok ok ok ok ok',
    'twelve calls');
SELECT is(t.results(jsonb_build_array(
    t.entry('req_b1', '{"cost_pico": -1}'),
    t.entry('req_b2', '{"cost_pico": 9223372036854775807}'),
    t.entry('req_b3', '{"outcome": "exploded"}'),
    t.entry('req_b4', '{"basis": null}'),
    t.entry('req_b5', '{"stream": "perhaps"}'),
    t.entry('req_b6', '{"latency_ms": 1.5}'),
    '"req_b7"'::jsonb, 'null'::jsonb, '{}'::jsonb,
    t.entry(NULL),
    t.entry('req_b8'))),
    'invalid invalid invalid invalid invalid invalid invalid invalid invalid '
    'invalid settled', 'bad entries do not lose the good one');
SELECT is((SELECT count(*) FROM slipway.reservations), 11::bigint,
    'their reservations stay, for the reaper');
SELECT is(t.results(jsonb_build_array(
    t.entry('req_b1', '{"cost_pico": -1}'), t.entry('req_b1'))),
    'invalid settled', 'a bad and a good entry for one call');
SELECT is(t.settle('req_b2', '{"attempts": "none"}'), 'settled',
    'attempts that are no array');
SELECT is(t.settle('req_b3', '{"attempts": [1, null, {"http_status": "x",
    "ttft_ms": -5, "latency_ms": "soon", "result": 7}]}'), 'settled',
    'attempts that are malformed');
SELECT results_eq($$
    SELECT ordinal, model_route, result, http_status, ttft_ms, latency_ms
    FROM slipway.llm_attempts WHERE request_id = 'req_b3' ORDER BY ordinal
$$, $$
    VALUES (1::smallint, '', 'ok', 0, NULL::bigint, 0::bigint),
        (2::smallint, '', 'ok', 0, NULL, 0),
        (3::smallint, '', '7', 0, NULL, 0)
$$, '... are kept as far as they make sense');
SELECT is(t.settle('req_b4', jsonb_build_object('model_route',
    repeat('m', 5000), 'error', repeat('e', 5000), 'trace_id',
    repeat('t', 5000), 'prompt_version', repeat('p', 5000))), 'settled',
    'texts that are too long are cut');
SELECT is(t.settle('req_b5', jsonb_build_object('attempts',
    (SELECT jsonb_agg('{}'::jsonb) FROM generate_series(1, 40000)))),
    'settled', 'more attempts than anybody makes');
SELECT is_empty($$ SELECT * FROM slipway.settle('[]') $$, 'an empty batch');
SELECT throws_ok($$ SELECT slipway.settle('{}') $$, '22023', NULL,
    'a batch that is no array');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- tampered with: settlement goes on, ledger_check tells
SELECT t.verdicts(jsonb_build_array(t.call('bob', 'req_c1'),
    t.call('bob', 'req_c2'))) \g /dev/null
UPDATE slipway.reservations SET request_id = 'req_1'
WHERE request_id = 'req_c1';
SELECT is(t.results(jsonb_build_array(t.entry('req_1'), t.entry('req_c2'))),
    'duplicate settled',
    'a reservation of a settled call does not stop the others');
SELECT is_empty($$
    SELECT FROM slipway.reservations WHERE request_id IN ('req_1', 'req_c2')
$$, '... it is let go');
SELECT is(t.faults(), 0::bigint, '... and nothing is charged twice');
DELETE FROM slipway.daily_spend
WHERE scope = 'user' AND scope_id = pg_temp.ann();
SELECT is(t.settle('req_b6'), 'settled', 'a sum that a person deleted');
SELECT is(t.sums('user', pg_temp.ann()), '0 400 1', '... begins anew');
SELECT cmp_ok(t.faults(), '>', 0::bigint, '... and ledger_check tells');
SAVEPOINT a;
SELECT throws_ok($$ UPDATE slipway.llm_calls SET cost_pico = 0 $$, 'SW003',
    NULL, 'a call is never changed');
SELECT throws_ok($$ DELETE FROM slipway.llm_attempts $$, 'SW003', NULL,
    'an attempt is never deleted');

SELECT * FROM finish();
ROLLBACK;
