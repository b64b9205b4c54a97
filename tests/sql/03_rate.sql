-- Requests per minute.  Time is moved by moving the stored state back.
BEGIN;
SELECT plan(36);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme'),
    t.person('mia', 'acme') \g /dev/null

CREATE FUNCTION pg_temp.pass(p_seconds integer) RETURNS void
LANGUAGE sql AS $$
    UPDATE slipway.rate_limits SET tat_us = tat_us - p_seconds * 1000000::bigint
$$;
CREATE FUNCTION pg_temp.used() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(scope || ':' || scope_id || ':' || tat_us, ' '
        ORDER BY scope, scope_id)
    FROM slipway.rate_limits
$$;

-- a burst of rpm, then one each 60/rpm s
SELECT is(t.admit('ann', 'req_1', '{}', '{"user_rpm": 3}')
    -> 'remaining_rpm', '2', 'the first of three');
SELECT is(t.verdict('ann', 'req_2', '{}', '{"user_rpm": 3}'), 'ok',
    'the second');
SELECT is(t.admit('ann', 'req_3', '{}', '{"user_rpm": 3}')
    -> 'remaining_rpm', '0', 'the third is the last');
CREATE TEMP TABLE refused AS
SELECT t.admit('ann', 'req_4', '{}', '{"user_rpm": 3}') AS a;
SELECT is(a ->> 'verdict', 'rate_limited', 'the fourth is refused')
FROM refused;
SELECT is(a -> 'limit_rpm', '3', '... by the limit of three') FROM refused;
SELECT is(a -> 'remaining_rpm', '0', '... none is left') FROM refused;
SELECT ok((a -> 'retry_after_ms')::bigint BETWEEN 1 AND 20000,
    '... come back within 20 s') FROM refused;
SELECT ok((a -> 'reset_rpm_ms')::bigint BETWEEN 40000 AND 60000,
    '... and the burst is back within a minute') FROM refused;
SELECT is(a -> 'reserved_pico', '0', '... nothing is reserved') FROM refused;
SELECT pg_temp.pass(20);
SELECT is(t.verdict('ann', 'req_4', '{}', '{"user_rpm": 3}'), 'ok',
    '20 s later one passes');
SELECT is(t.verdict('ann', 'req_5', '{}', '{"user_rpm": 3}'),
    'rate_limited', '... and only one');
SELECT pg_temp.pass(3600);
SELECT is(t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_a' || g))
    FROM generate_series(1, 4) AS g), '{"user_rpm": 3}'),
    'ok ok ok rate_limited', 'after an hour a burst of three, not more');

-- off, and own limits
SELECT is(t.admit('bob', 'req_b1') -> 'limit_rpm', '0', 'no limit');
SELECT is_empty($$
    SELECT FROM slipway.rate_limits AS l
    JOIN slipway.users AS u ON u.id = l.scope_id AND l.scope = 'user'
    WHERE u.name = 'bob'
$$, 'without a limit there is no state');
SELECT slipway.cap_set('user', 'bob', NULL, 1) \g /dev/null
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b2'),
    t.call('bob', 'req_b3')), '{"user_rpm": 100}'), 'ok rate_limited',
    'a tighter limit of the user wins');
SELECT slipway.cap_set('user', 'bob', NULL, 0) \g /dev/null
SELECT is(t.verdicts(jsonb_build_array(t.call('bob', 'req_b3'),
    t.call('bob', 'req_b4')), '{"user_rpm": 1}'), 'ok ok',
    'and so does none at all');

-- the tenant, and all or nothing
SELECT slipway.cap_set('tenant', 'acme', NULL, 3) \g /dev/null
SELECT is(t.verdicts(jsonb_build_array(t.call('eve', 'req_e1'),
    t.call('mia', 'req_m1'), t.call('eve', 'req_e2'), t.call('mia', 'req_m2')),
    '{"user_rpm": 10}'), 'ok ok ok rate_limited',
    'the users of a tenant share its limit');
CREATE TEMP TABLE before AS SELECT pg_temp.used() AS used;
SELECT is(t.verdict('mia', 'req_m2', '{}', '{"user_rpm": 10}'),
    'rate_limited', 'the tenant''s limit refuses again');
SELECT is(pg_temp.used(), (SELECT used FROM before),
    '... and takes nothing from the user''s');
SELECT slipway.cap_set('tenant', 'acme', NULL, 100) \g /dev/null
SELECT slipway.cap_set('user', 'mia', NULL, 1) \g /dev/null
SELECT pg_temp.pass(3600);
SELECT is(t.verdict('mia', 'req_m2'), 'ok', 'one a minute');
UPDATE before SET used = pg_temp.used();
SELECT is(t.verdict('mia', 'req_m3'), 'rate_limited',
    'the user''s limit refuses');
SELECT is(pg_temp.used(), (SELECT used FROM before),
    '... and takes nothing from the tenant''s');
SELECT is(t.admit('mia', 'req_m3') -> 'limit_rpm', '1',
    'the tighter limit is reported');
SELECT is(t.admit('eve', 'req_e4', '{}', '{"user_rpm": 500}')
    -> 'limit_rpm', '100', '... whosever it is');

-- a cap refusal uses its place
SELECT slipway.cap_clear('user', 'mia') \g /dev/null
SELECT slipway.cap_set('user', 'mia', 0, 5) \g /dev/null
SELECT pg_temp.pass(3600);
SELECT is(t.admit('mia', 'req_m4') ->> 'verdict', 'user_cap',
    'refused by the cap');
SELECT is(t.admit('mia', 'req_m4') -> 'remaining_rpm', '3',
    '... and counted, twice now');

-- any limit
SELECT is(t.admit('ann', 'req_7', '{}', '{"user_rpm": 2000000000}')
    ->> 'verdict', 'ok', 'a limit without sense does no harm');
SELECT is(t.verdicts((SELECT jsonb_agg(t.call('bob', 'req_c' || g))
    FROM generate_series(1, 8) AS g), '{"tenant_rpm": 7}'),
    'ok ok ok ok ok ok ok rate_limited', 'a limit that does not divide 60 s');

-- key_check() counts in the same limits
SELECT pg_temp.pass(3600);
SELECT is((SELECT to_jsonb(k) - 'tenant_id' - 'user_id' - 'key_id'
    - 'reset_rpm_ms'
    FROM slipway.key_check(t.hash('ann'), t.defaults('{"user_rpm": 2}')) AS k),
    '{"verdict": "ok", "is_admin": false, "retry_after_ms": 0,
    "limit_rpm": 2, "remaining_rpm": 1}'::jsonb, 'key_check counts');
SELECT is(t.verdict('ann', 'req_8', '{}', '{"user_rpm": 2}'), 'ok',
    'with admitted calls');
SELECT is((SELECT verdict FROM slipway.key_check(t.hash('ann'),
    t.defaults('{"user_rpm": 2}'))), 'rate_limited', '... and refuses');
SELECT is((SELECT retry_after_ms BETWEEN 1 AND 30000 FROM slipway.key_check(
    t.hash('ann'), t.defaults('{"user_rpm": 2}'))), true,
    '... for at most half a minute');
SELECT is((SELECT k::text FROM slipway.key_check(t.hash('nobody'),
    t.defaults()) AS k), '(unauthorized,0,0,0,f,0,0,0,0)',
    'key_check knows no stranger');
SELECT is((SELECT verdict FROM slipway.key_check('', t.defaults())),
    'unauthorized', '... and no empty key');
SELECT slipway.user_disable('ann') \g /dev/null
SELECT is((SELECT verdict FROM slipway.key_check(t.hash('ann'),
    t.defaults())), 'unauthorized', '... and no disabled user');
SELECT throws_ok($$ SELECT slipway.key_check('', '{}') $$, '22023', NULL,
    'key_check needs its defaults');

SELECT * FROM finish();
ROLLBACK;
