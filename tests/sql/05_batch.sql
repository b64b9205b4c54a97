-- A batch is the same as its calls one after the other; a request_id counts
-- once.
BEGIN;
SELECT plan(30);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme') \g /dev/null

SELECT is(t.verdicts(jsonb_build_array(
    t.call('ann', 'req_1'), t.call('nobody', 'req_2'),
    t.call('ann', 'req_3', '{"needs_admin": true}'), t.call('bob', 'req_4'),
    '7'::jsonb, t.call('eve', 'req_5'), t.call('ann', 'req_6'),
    t.call('ann', 'req_7'))
    , '{"user_daily_pico": 2200}'),
    'ok unauthorized forbidden ok unauthorized ok ok ok',
    'one row for each, in order; a refusal does not touch the others');
SELECT results_eq($$
    SELECT request_id COLLATE "default", amount_pico
    FROM slipway.reservations ORDER BY 1
$$, $$
    VALUES ('req_1', 1000::bigint), ('req_4', 1000), ('req_5', 1000),
        ('req_6', 1000), ('req_7', 200)
$$, 'calls of one user see each other''s reservation');
SELECT is(t.verdicts(jsonb_build_array(t.call('ann', 'req_8'),
    t.call('bob', 'req_9')), '{"user_daily_pico": 2200}'), 'user_cap ok',
    'one has none left, the other has');
SELECT is(t.sums('system', 0), '5200 0 0', 'the sums add up');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
SELECT results_eq($$
    SELECT idx, cap_left_pico FROM slipway.admit(jsonb_build_array(
        t.call('eve', 'req_e1'), t.call('eve', 'req_e2'),
        t.call('eve', 'req_e3')), t.defaults('{"user_daily_pico": 4000}'))
$$, $$
    VALUES (0, 2000::bigint), (1, 1000), (2, 0)
$$, 'each is told what is left after it');
SELECT is((SELECT array_agg(idx) FROM slipway.admit(
    (SELECT jsonb_agg(t.call('ann', 'req_many' || g))
        FROM generate_series(1, 200) AS g), t.defaults())),
    (SELECT array_agg(g) FROM generate_series(0, 199) AS g),
    'two hundred in one batch');

-- the same request again
CREATE TEMP TABLE first AS
SELECT t.admit('bob', 'req_b1', '{}',
    '{"user_rpm": 5, "user_daily_pico": 3500}') AS a;
UPDATE slipway.reservations SET lease_until = now() - interval '1 s'
WHERE request_id = 'req_b1';
CREATE TEMP TABLE again AS
SELECT t.admit('bob', 'req_b1', '{}',
    '{"user_rpm": 5, "user_daily_pico": 3500}') AS a;
SELECT is(again.a -> 'verdict', first.a -> 'verdict',
    'the same request again is admitted') FROM first, again;
SELECT is(again.a -> 'reserved_pico', first.a -> 'reserved_pico',
    '... with the reservation it has') FROM first, again;
SELECT is(again.a -> 'granted_output_tokens',
    first.a -> 'granted_output_tokens', '... and its tokens')
FROM first, again;
SELECT is(again.a -> 'remaining_rpm', first.a -> 'remaining_rpm',
    '... and counts once') FROM first, again;
SELECT is(again.a -> 'cap_left_pico', first.a -> 'cap_left_pico',
    '... and reserves once') FROM first, again;
SELECT ok(lease_until > now() + interval '50 s', '... with a new lease')
FROM slipway.reservations WHERE request_id = 'req_b1';
SELECT is((SELECT count(*) FROM slipway.reservations
    WHERE request_id = 'req_b1'), 1::bigint, '... in one row');
SELECT slipway.pause_set(NULL, true) \g /dev/null
SELECT is(t.verdict('bob', 'req_b1'), 'ok',
    '... also while all is paused: its money is set aside');
SELECT slipway.pause_set(NULL, false) \g /dev/null
SELECT is(t.verdict('ann', 'req_b1'), 'invalid_request',
    'another''s request_id is refused');
SELECT is(t.verdict('nobody', 'req_b1'), 'unauthorized',
    '... and a stranger learns nothing');
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b2'),
    t.call('bob', 'req_b2'), t.call('ann', 'req_b2'), t.call('bob', 'req_b2')))
    , 'ok ok invalid_request ok', 'the same in one batch');
SELECT is((SELECT amount_pico FROM slipway.reservations
    WHERE request_id = 'req_b2'), 1000::bigint, '... is reserved once');
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b2'),
    t.call('bob', 'req_b3'), t.call('bob', 'req_b2'))), 'ok ok ok',
    'known and new ones together');
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b4'),
    t.call('bob', 'req_b4')), '{"user_daily_pico": 10}'),
    'user_cap user_cap', 'a refused one is refused twice');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- a request that is over
SELECT is(t.settle('req_b1'), 'settled', 'settled');
SELECT is(t.verdict('bob', 'req_b1'), 'invalid_request',
    'a settled request is not admitted again');
SELECT is(t.verdict('ann', 'req_b1'), 'invalid_request', '... by nobody');
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b1'),
    t.call('bob', 'req_b5'))), 'invalid_request ok', '... in a batch, too');
SELECT is_empty($$
    SELECT FROM slipway.reservations WHERE request_id = 'req_b1'
$$, '... and nothing is reserved');
SELECT is(t.verdict('bob', 'req_b6', '{}', '{"user_daily_pico": 10}'),
    'user_cap', 'a refused request leaves nothing');
SELECT is(t.verdict('bob', 'req_b6'), 'ok', '... and may come again');
SELECT is(t.faults(), 0::bigint, 'the ledger is right at the end');

SELECT * FROM finish();
ROLLBACK;
