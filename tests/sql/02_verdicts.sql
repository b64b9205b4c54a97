-- Every verdict of admit(), and which of two reasons wins.
BEGIN;
SELECT plan(43);
SELECT t.person('ann'), t.person('root', 'default', 'admin'),
    t.person('bob', 'acme') \g /dev/null

SELECT is(t.admit('ann', 'req_1') - 'reset_ms', jsonb_build_object(
    'idx', 0, 'verdict', 'ok', 'tenant_id', 1,
    'user_id', (SELECT id FROM slipway.users WHERE name = 'ann'),
    'key_id', (SELECT id FROM slipway.api_keys WHERE prefix = 'sk-ann'),
    'is_admin', false, 'granted_output_tokens', 90, 'reserved_pico', 1000,
    'retry_after_ms', 0, 'limit_rpm', 0, 'remaining_rpm', 0,
    'reset_rpm_ms', 0, 'cap_pico', -1, 'cap_left_pico', -1),
    'the first ever request of a user is admitted');
SELECT is(t.sums('user', (SELECT id FROM slipway.users WHERE name = 'ann')),
    '1000 0 0', 'its money is reserved for the user');
SELECT is(t.sums('tenant', 1), '1000 0 0', '... for the tenant');
SELECT is(t.sums('system', 0), '1000 0 0', '... and for the system');
SELECT results_eq($$
    SELECT tenant_id, feature, amount_pico, granted_output_tokens,
        lease_until - created_at, day, system_day
    FROM slipway.reservations WHERE request_id = 'req_1'
$$, $$
    VALUES (1::bigint, 'chat', 1000::bigint, 90::bigint,
        interval '60 s', (now() AT TIME ZONE 'UTC')::date,
        (now() AT TIME ZONE 'UTC')::date)
$$, 'the reservation stands');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');

-- who
SELECT is(t.verdict('nobody', 'req_2'), 'unauthorized', 'an unknown key');
SELECT is(t.verdict('ann', 'req_2', '{"key_hash": "xyz"}'), 'unauthorized',
    'a hash that is none');
SELECT is(t.verdict('ann', 'req_2', '{"key_hash": null}'), 'unauthorized',
    'no hash');
SELECT is(t.admit('nobody', 'req_2') - 'verdict', jsonb_build_object(
    'idx', 0, 'tenant_id', 0, 'user_id', 0, 'key_id', 0, 'is_admin', false,
    'granted_output_tokens', 0, 'reserved_pico', 0, 'retry_after_ms', 0,
    'reset_ms', 0, 'limit_rpm', 0, 'remaining_rpm', 0, 'reset_rpm_ms', 0,
    'cap_pico', -1, 'cap_left_pico', -1),
    'a stranger is told nothing');
SELECT slipway.key_create('ann', t.hash('old'), 'sk-old', '',
    now() - interval '1 s') \g /dev/null
SELECT is(t.verdict('old', 'req_2'), 'unauthorized', 'an expired key');
SELECT slipway.key_create('ann', t.hash('new'), 'sk-new', '',
    now() + interval '1 h') \g /dev/null
SELECT is(t.verdict('new', 'req_2'), 'ok', 'a key that expires later');
SELECT slipway.key_revoke('sk-new') \g /dev/null
SELECT is(t.verdict('new', 'req_3'), 'unauthorized', 'a revoked key');
SELECT slipway.user_disable('bob') \g /dev/null
SELECT is(t.verdict('bob', 'req_3'), 'unauthorized', 'a disabled user');
SELECT slipway.user_disable('bob', false) \g /dev/null
SELECT is(t.verdict('bob', 'req_3'), 'ok', 'an enabled user');
SELECT slipway.tenant_disable('acme') \g /dev/null
SELECT is(t.verdict('bob', 'req_4'), 'unauthorized', 'a disabled tenant');
SELECT slipway.tenant_disable('acme', false) \g /dev/null

-- role
SELECT is(t.verdict('ann', 'req_4', '{"needs_admin": true}'), 'forbidden',
    'a user who names a model');
SELECT is(t.admit('root', 'req_4', '{"needs_admin": true}') ->> 'is_admin',
    'true', 'an admin may');

-- the entry
SELECT is(t.verdict('ann', 'req_5', '{"request_id": null}'),
    'invalid_request', 'no request_id');
SELECT is(t.verdict('ann', 'req 5'), 'invalid_request',
    'a request_id with a blank');
SELECT is(t.verdict('ann', repeat('r', 65)), 'invalid_request',
    'a request_id too long');
SELECT is(t.verdict('ann', 'req_5', '{"feature": ""}'), 'invalid_request',
    'no feature');
SELECT is(t.verdict('ann', 'req_5', '{"input_pico": -1}'),
    'invalid_request', 'a negative price');
SELECT is(t.verdict('ann', 'req_5', '{"output_pico": "ten"}'),
    'invalid_request', 'a price in words');
SELECT is(t.verdict('ann', 'req_5', '{"max_output_tokens": 1.5}'),
    'invalid_request', 'half a token');
SELECT is(t.verdict('ann', 'req_5', '{"input_pico": 9223372036854775807}'),
    'invalid_request', 'an amount that saturated');
SELECT is(t.verdict('ann', 'req_5', '{"needs_admin": null}'),
    'invalid_request', 'a member that is missing');
SELECT is(t.verdicts('[1, null, "x", [], {}]'),
    'unauthorized unauthorized unauthorized unauthorized unauthorized',
    'entries that are no objects');
SELECT is_empty($$
    SELECT * FROM slipway.admit('[]', t.defaults())
$$, 'an empty batch');
SELECT throws_ok($$ SELECT slipway.admit('{}', t.defaults()) $$, '22023', NULL,
    'a batch that is no array');
SELECT throws_ok($$ SELECT slipway.admit('[]', '{}') $$, '22023', NULL,
    'defaults that are missing');
SELECT throws_ok($$
    SELECT slipway.admit('[]', t.defaults('{"user_rpm": -1}'))
$$, '22023', NULL, 'defaults that are wrong');

-- pause
SELECT slipway.pause_set('chat', true, 'too dear') \g /dev/null
SELECT is(t.verdict('ann', 'req_6'), 'paused', 'a paused feature');
SELECT is(t.verdict('root', 'req_6'), 'paused', 'for an admin, too');
SELECT is(t.verdict('ann', 'req_6', '{"feature": "docs"}'), 'ok',
    'another feature goes on');
SELECT slipway.pause_set('chat', false) \g /dev/null
SELECT slipway.pause_set(NULL, true) \g /dev/null
SELECT is(t.verdict('ann', 'req_7', '{"feature": "docs"}'), 'paused',
    'everything is paused');

-- which of two
SELECT is(t.verdict('nobody', 'req_7'), 'unauthorized',
    'an unknown key before a pause');
SELECT is(t.verdict('ann', 'req_7', '{"needs_admin": true}'), 'forbidden',
    'the role before a pause');
SELECT is(t.verdict('nobody', ''), 'unauthorized',
    'an unknown key before a malformed entry');
SELECT slipway.pause_set('*', false) \g /dev/null
SELECT slipway.cap_set('user', 'ann', 0, 1) \g /dev/null
SELECT is(t.verdict('ann', 'req_8'), 'user_cap', 'a cap of nothing');
SELECT is(t.verdict('ann', 'req_8'), 'rate_limited',
    'the rate before the cap, and a cap refusal has used its place');
SELECT slipway.pause_set(NULL, true) \g /dev/null
SELECT is(t.verdict('ann', 'req_8'), 'paused', 'a pause before the rate');

SELECT is(t.faults(), 0::bigint, 'the ledger is right after all of it');
SELECT * FROM finish();
ROLLBACK;
