-- The reaper: a call whose worker died is charged in full, once.
BEGIN;
SELECT plan(37);
SELECT t.person('ann') \g /dev/null
SELECT is(t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_' || g))
    FROM generate_series(1, 5) AS g)), 'ok ok ok ok ok', 'five calls');
SELECT is(slipway.reap(100), 0, 'no lease has ended');

UPDATE slipway.reservations SET lease_until = now() - interval '1 s'
WHERE request_id IN ('req_1', 'req_2', 'req_3');
UPDATE slipway.reservations SET lease_until = now() - interval '1 h'
WHERE request_id = 'req_2';
SELECT is(slipway.reap(1), 1, 'one at a time');
SELECT is((SELECT string_agg(request_id, ' ') FROM slipway.llm_calls),
    'req_2', '... the oldest first');
SELECT is(slipway.reap(100), 2, 'then the others');
SELECT is(slipway.reap(100), 0, '... and no more');
SELECT results_eq($$
    SELECT DISTINCT outcome, basis, error, cost_pico, reserved_pico,
        over_reservation, model_route, ttft_ms FROM slipway.llm_calls
$$, $$
    VALUES ('abandoned', 'pessimistic', 'internal', 1000::bigint,
        1000::bigint, false, '', NULL::bigint)
$$, 'charged in full, and said so');
SELECT is(t.sums('system', 0), '2000 3000 3', 'the sums');
SELECT is((SELECT count(*) FROM slipway.reservations), 2::bigint,
    'the living stay');

-- a settlement that comes later takes the place of that charge, once
SELECT is(t.settle('req_1'), 'settled', 'a worker that was only slow');
SELECT is(t.sums('system', 0), '2000 2400 3', '... is charged what it says');
SELECT is(t.sums('tenant', 1), '2000 2400 3', '... in every scope');
SELECT is(t.sums('user', (SELECT id FROM slipway.users WHERE name = 'ann')),
    '2000 2400 3', '... of the call');
SELECT is((SELECT concat_ws(' ', count(*), max(outcome), max(cost_pico))
    FROM slipway.llm_calls WHERE request_id = 'req_1'), '1 done 400',
    '... and stands in the books once');
SELECT is((SELECT count(*) FROM slipway.llm_attempts
    WHERE request_id = 'req_1'), 1::bigint, '... with its attempt');
SELECT is((SELECT concat_ws(' ', cost_pico, call ->> 'outcome',
    call ->> 'cost_pico') FROM slipway.llm_calls_superseded
    WHERE request_id = 'req_1'), '1000 abandoned 1000',
    'what the reaper wrote is kept');
SELECT is(t.settle('req_1', '{"cost_pico": 7}'), 'duplicate',
    'a second one changes nothing');
SELECT is(t.results(jsonb_build_array(t.entry('req_2', '{"outcome":
    "abandoned", "basis": "pessimistic", "cost_pico": 1000}'),
    t.entry('req_none'), t.entry('req_1'))), 'duplicate unknown duplicate',
    'nor does a second reaper');
SELECT is(t.sums('system', 0), '2000 2400 3', '... at all');
SELECT is((SELECT count(*) FROM slipway.reservations), 2::bigint,
    'nothing is reserved again');
SELECT throws_ok('DELETE FROM slipway.llm_calls_superseded', 'SW003', NULL,
    'what was kept is never changed');
SELECT throws_ok($$ DELETE FROM slipway.llm_calls
    WHERE request_id = 'req_2' $$, 'SW003', NULL,
    'nor what the reaper wrote');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
SELECT is(t.results(jsonb_build_array(t.entry('req_2'), t.entry('req_3'),
    t.entry('req_2'), t.entry('req_4'))), 'settled settled duplicate settled',
    'late ones, one twice, and one in time, in one batch');
SELECT is(t.sums('system', 0), '1000 1600 4', '... each charged once');
SELECT is(slipway.reap(100), 0, 'what is settled is not reaped');
SELECT is(t.verdict('ann', 'req_1'), 'invalid_request',
    'a reaped request is not admitted again');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
SELECT is(slipway.reap(0), 0, 'none is none');

-- an invalid settlement leaves its reservation to the reaper
SELECT is(t.settle('req_5', '{"cost_pico": -1}'), 'invalid', 'malformed');
UPDATE slipway.reservations SET lease_until = now() - interval '1 s';
SELECT results_eq($$
    SELECT action, detail FROM slipway.janitor(NULL, 14)
    WHERE action = 'reaped'
$$, $$ VALUES ('reaped', '1 calls whose lease had ended') $$,
    'the janitor reaps, too');
SELECT is(t.faults(), 0::bigint, 'the ledger is right at the end');
-- a worker that lives renews its leases
SELECT is(t.verdict('ann', 'req_8'), 'ok', 'a long call');
UPDATE slipway.reservations SET lease_until = now() - interval '1 s';
SELECT is(slipway.lease_renew('{req_8,req_none}', 60000), 1,
    'its lease is renewed');
SELECT is(slipway.reap(100), (SELECT count(*)::integer FROM
    slipway.reservations WHERE request_id <> 'req_8'),
    '... so only the others are reaped');
SELECT is(slipway.lease_renew('{}', 60000), 0, 'none is none');
SELECT is(t.settle('req_8'), 'settled', 'and it settles as if nothing was');
SELECT * FROM finish();
ROLLBACK;
