-- Daily caps, and how max_output_tokens is lowered to what they leave.
BEGIN;
SELECT plan(40);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme') \g /dev/null
CREATE FUNCTION pg_temp.granted(p_key text, p_request text,
    p_defaults jsonb, p_over jsonb DEFAULT '{}')
RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', a ->> 'verdict', a ->> 'granted_output_tokens',
        a ->> 'reserved_pico', a ->> 'cap_pico', a ->> 'cap_left_pico')
    FROM t.admit(p_key, p_request, p_over, p_defaults) AS a
$$;

-- 100 + 10 a token, 90 wanted, 10 at least
SELECT is(pg_temp.granted('ann', 'req_1', '{"user_daily_pico": 1000}'),
    'ok 90 1000 1000 0', 'it fits to the pico');
SELECT is(pg_temp.granted('ann', 'req_2', '{"user_daily_pico": 1999}'),
    'ok 89 990 1999 9', 'a pico short: a token fewer');
SELECT is(pg_temp.granted('ann', 'req_3', '{"user_daily_pico": 2190}'),
    'ok 10 200 2190 0', 'as few as the floor');
SELECT is(pg_temp.granted('ann', 'req_4', '{"user_daily_pico": 2389}'),
    'user_cap 0 0 2389 199', 'below the floor it is refused');
SELECT is(pg_temp.granted('ann', 'req_4', '{"user_daily_pico": 2389}',
    '{"min_output_tokens": 9}'), 'ok 9 190 2389 9',
    'unless the floor is lower');
SELECT is(pg_temp.granted('ann', 'req_5', '{"user_daily_pico": 2480}',
    '{"min_output_tokens": 0}'), 'user_cap 0 0 2480 100',
    'no tokens at all are no answer');
SELECT is(pg_temp.granted('ann', 'req_5', '{"user_daily_pico": 2490}',
    '{"min_output_tokens": 0}'), 'ok 1 110 2490 0', 'but one is');
SELECT is(pg_temp.granted('ann', 'req_6', '{"user_daily_pico": 2689}',
    '{"max_output_tokens": 10, "min_output_tokens": 500}'),
    'user_cap 0 0 2689 199', 'a floor above the wish is the wish');
SELECT is(pg_temp.granted('ann', 'req_6', '{"user_daily_pico": 2690}',
    '{"max_output_tokens": 10, "min_output_tokens": 500}'),
    'ok 10 200 2690 0', '... and that fits');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- without output, without price
SELECT is(pg_temp.granted('ann', 'req_7', '{"user_daily_pico": 2789}',
    '{"max_output_tokens": 0, "min_output_tokens": 0}'),
    'user_cap 0 0 2789 99', 'an embedding that does not fit');
SELECT is(pg_temp.granted('ann', 'req_7', '{"user_daily_pico": 2790}',
    '{"max_output_tokens": 0, "min_output_tokens": 0}'),
    'ok 0 100 2790 0', 'an embedding that fits');
SELECT is(pg_temp.granted('ann', 'req_8', '{"user_daily_pico": 1}',
    '{"input_pico": 0, "output_pico": 0}'), 'ok 90 0 1 0',
    'what costs nothing fits a cap that is over');
SELECT is(pg_temp.granted('bob', 'req_9', '{"user_daily_pico": 0}',
    '{"input_pico": 0, "output_pico": 0}'), 'ok 90 0 0 0',
    '... and a cap of nothing');
SELECT is(pg_temp.granted('bob', 'req_10', '{"user_daily_pico": 0}',
    '{"input_pico": 0}'), 'user_cap 0 0 0 0',
    'what costs a pico does not');

-- which scope
SELECT is(t.verdict('bob', 'req_11', '{}', '{"user_daily_pico": 10,
    "tenant_daily_pico": 10, "system_daily_pico": 10}'), 'user_cap',
    'the user is named first');
SELECT is(t.verdict('bob', 'req_11', '{}',
    '{"tenant_daily_pico": 10, "system_daily_pico": 10}'), 'tenant_cap',
    '... then the tenant');
SELECT is(t.verdict('bob', 'req_11', '{}', '{"system_daily_pico": 10}'),
    'system_cap', '... then the system');
SELECT is(pg_temp.granted('eve', 'req_12', '{"tenant_daily_pico": 300}'),
    'ok 20 300 -1 -1', 'the tenant''s cap lowers, too');
SELECT is(pg_temp.granted('eve', 'req_13', format(
    '{"system_daily_pico": %s}', (SELECT sum(reserved) + 400
    FROM slipway.daily_spend WHERE scope = 'system'))::jsonb),
    'ok 30 400 -1 -1', 'and so does the system''s');
SELECT is(t.sums('tenant', 1), t.sums('tenant', 1), 'the tenants are apart');

-- own caps
SELECT slipway.cap_set('user', 'bob', 500, NULL) \g /dev/null
SELECT is(pg_temp.granted('bob', 'req_14', '{"user_daily_pico": 0}'),
    'ok 40 500 500 0', 'the user''s own cap wins over a lower one');
SELECT slipway.cap_set('user', 'bob', -1, NULL) \g /dev/null
SELECT is(pg_temp.granted('bob', 'req_15', '{"user_daily_pico": 0}'),
    'ok 90 1000 -1 -1', '... and so does no cap');
SELECT slipway.cap_set('tenant', 'acme', 0, NULL) \g /dev/null
SELECT is(t.verdict('eve', 'req_16', '{}', '{"tenant_daily_pico": -1}'),
    'tenant_cap', 'the tenant''s own cap wins');
SELECT slipway.cap_clear('tenant', 'acme') \g /dev/null
SELECT is(t.verdict('eve', 'req_16', '{}', '{"tenant_daily_pico": -1}'),
    'ok', '... until it is cleared');

-- settling makes room
SELECT t.person('zoe') \g /dev/null
SELECT is(t.verdict('zoe', 'req_z1', '{}', '{"user_daily_pico": 1000}'),
    'ok', 'the cap is reserved');
SELECT is(t.admit('zoe', 'req_z2', '{}', '{"user_daily_pico": 1000}')
    -> 'retry_after_ms', '1000',
    'only calls under way are in the way: come back in a second');
SELECT is(t.settle('req_z1', '{"cost_pico": 700}'), 'settled', 'settled');
SELECT is(pg_temp.granted('zoe', 'req_z2', '{"user_daily_pico": 1000}'),
    'ok 20 300 1000 0', 'what was not spent can be reserved again');
SELECT is(t.settle('req_z2', '{"cost_pico": 300}'), 'settled', 'all spent');
CREATE TEMP TABLE spent AS
SELECT t.admit('zoe', 'req_z3', '{}', '{"user_daily_pico": 1000}') AS a;
SELECT is(a ->> 'verdict', 'user_cap', 'the budget is used up') FROM spent;
SELECT ok((a -> 'retry_after_ms')::bigint BETWEEN 1 AND 86400000
    AND abs((a -> 'reset_ms')::bigint - (a -> 'retry_after_ms')::bigint
        - extract(epoch FROM clock_timestamp()) * 1000) < 60000,
    'come back at the reset') FROM spent;
SELECT is(to_timestamp((a -> 'reset_ms')::bigint / 1000) AT TIME ZONE 'UTC',
    date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day',
    'the reset is midnight') FROM spent;
SELECT is(t.admit('zoe', 'req_z3', '{}', '{"user_daily_pico": 900}')
    -> 'cap_left_pico', '0', 'a cap lowered below what is spent leaves none');

-- large numbers
SELECT t.person('max') \g /dev/null
SELECT is(t.admit('max', 'req_x1', '{"input_pico": 9999999999999998,
    "output_pico": 0}') ->> 'verdict', 'ok', 'ten thousand dollars');
SELECT is(t.admit('max', 'req_x2', '{"input_pico": 0,
    "output_pico": 99999999999, "max_output_tokens": 9007199254740991}')
    -> 'granted_output_tokens', '100000',
    'more than one call can cost is lowered');
SELECT is(t.verdict('max', 'req_x3', '{"input_pico": 9999999999999999,
    "output_pico": 1}'), 'invalid_request',
    'more than one call can cost, at the floor, is refused');
UPDATE slipway.daily_spend SET settled = 8999999999999999000
WHERE scope = 'user' AND scope_id =
    (SELECT id FROM slipway.users WHERE name = 'max');
SELECT is(t.verdict('max', 'req_x4', '{"input_pico": 9999999999999998,
    "output_pico": 0}'), 'user_cap',
    'without a cap the number itself is one: no overflow');

SELECT is(t.verdicts(jsonb_build_array(t.call('ann', 'req_y1'),
    t.call('bob', 'req_y2'), t.call('eve', 'req_y3'))), 'ok ok ok',
    'the others are not concerned');
SELECT is(t.settle('req_y1'), 'settled', '... and settle');
SELECT * FROM finish();
ROLLBACK;
