-- A few fresh calls go a short way: what it admits is what the long way admits, and what it
-- does not admit it leaves to the long way, untouched.
BEGIN;
SELECT plan(60);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme'),
    t.person('root', 'default', 'admin'), t.person('off') \g /dev/null
SELECT slipway.key_create('ann', t.hash('poor'), 'sk', '', NULL, NULL, NULL, NULL, 2500),
    slipway.key_create('ann', t.hash('slow'), 'sk', '', NULL, NULL, NULL, 3),
    slipway.key_create('ann', t.hash('docs'), 'sk', '', NULL, '{docs}'),
    slipway.key_create('ann', t.hash('mock'), 'sk', '', NULL, NULL, '{mock/*}') \g /dev/null
UPDATE slipway.tenants SET timezone = 'Pacific/Apia', rpm = 50 WHERE name = 'acme';
UPDATE slipway.users SET disabled_at = now() WHERE name = 'off';
INSERT INTO slipway.controls (feature, paused) VALUES ('resting', true);

CREATE FUNCTION t.fresh(p_calls jsonb, p_fresh boolean DEFAULT true) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_agg(j || jsonb_build_object('fresh', p_fresh) ORDER BY n)
    FROM jsonb_array_elements(p_calls) WITH ORDINALITY AS e (j, n)
$$;
-- All that the ledger holds, but for the times of the clock.
CREATE FUNCTION t.state() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_array(
        (SELECT jsonb_agg(to_jsonb(d) ORDER BY scope, tenant_id, scope_id, day)
            FROM slipway.daily_spend AS d),
        (SELECT jsonb_agg(to_jsonb(s) - 'lease_until' - 'created_at'
                || jsonb_build_object('lease', s.lease_until - s.created_at)
                ORDER BY request_id)
            FROM slipway.reservations AS s),
        (SELECT jsonb_agg(jsonb_build_array(tenant_id, scope, scope_id, tat_us = 0)
                ORDER BY scope, tenant_id, scope_id)
            FROM slipway.rate_limits))
$$;
-- What admit() says and leaves behind; it is taken back.
CREATE FUNCTION t.try(p_calls jsonb, p_defaults jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    v_result jsonb;
BEGIN
    SELECT jsonb_agg(to_jsonb(a) - 'reset_rpm_ms' - 'retry_after_ms' ORDER BY idx)
    INTO v_result
    FROM slipway.admit(p_calls, t.defaults(p_defaults)) AS a;
    v_result := jsonb_build_array(v_result, t.state());
    RAISE EXCEPTION USING ERRCODE = 'SW999';
EXCEPTION
    WHEN SQLSTATE 'SW999' THEN RETURN v_result;
END;
$$;
CREATE FUNCTION t.is_short(p_calls jsonb, p_defaults jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM slipway.admit_few(p_calls, t.defaults(p_defaults));
    RAISE EXCEPTION USING ERRCODE = 'SW999';
EXCEPTION
    WHEN SQLSTATE 'SW999' THEN RETURN true;
    WHEN SQLSTATE 'SW009' OR unique_violation THEN RETURN false;
END;
$$;

SELECT ok(NOT t.is_short(t.fresh(jsonb_build_array(t.call('ann', 'req_0'))), '{}'),
    'the first call of the day makes rows, the long way');
SELECT is(t.verdicts(t.fresh(jsonb_build_array(t.call('ann', 'req_1'), t.call('bob', 'req_2'),
    t.call('eve', 'req_3'), t.call('root', 'req_4'), t.call('poor', 'req_5'),
    t.call('slow', 'req_6'))), '{"user_rpm": 100, "tenant_rpm": 100}'), 'ok ok ok ok ok ok',
    'more than a few at once');
SELECT is(t.results(jsonb_build_array(t.entry('req_1'), t.entry('req_2'))),
    'settled settled', '... two of them settled');

CREATE TEMP TABLE cases (n serial, is_short boolean, calls jsonb, defaults jsonb, what text);
INSERT INTO cases (is_short, calls, defaults, what) VALUES
    (true, jsonb_build_array(t.call('ann', 'req_s1')), '{}', 'one call'),
    (true, jsonb_build_array(t.call('ann', 'req_s1'), t.call('ann', 'req_s2'),
        t.call('eve', 'req_s3')), '{}', 'three calls of two tenants'),
    (true, jsonb_build_array(t.call('ann', 'req_s1'), t.call('ann', 'req_s2')),
        '{"user_rpm": 30, "tenant_rpm": 40, "user_daily_pico": 9000}',
        'two calls of one user, with limits'),
    (true, jsonb_build_array(t.call('poor', 'req_s1')), '{"user_daily_pico": 9000}',
        'a key with a budget, tighter than its user''s'),
    (true, jsonb_build_array(t.call('poor', 'req_s1')), '{"user_daily_pico": 3500}',
        'a key with a budget, looser than its user''s'),
    (true, jsonb_build_array(t.call('slow', 'req_s1')), '{"user_rpm": 30}',
        'a key with a rate of its own'),
    (true, jsonb_build_array(t.call('root', 'req_s1',
        '{"needs_admin": true, "model": "a/b"}')), '{}', 'an admin names a model'),
    (true, jsonb_build_array(t.call('mock', 'req_s1',
        '{"needs_admin": true, "model": "mock/b", "feature": "api"}')), '{}',
        'a key names a model'),
    (true, jsonb_build_array(t.call('ann', 'req_s1', '{"input_pico": 0, "output_pico": 0}')),
        '{"user_daily_pico": 0}', 'a call for nothing, with an empty budget'),
    (true, jsonb_build_array(t.call('ann', 'req_s1', '{"max_output_tokens": 0,
        "min_output_tokens": 0}')), '{}', 'a call without output'),
    (true, jsonb_build_array(t.call('ann', 'req_s1')), '{"user_daily_pico": 3400}',
        'the last that fits, to the pico-dollar'),
    (false, jsonb_build_array(t.call('ann', 'req_s1')), '{"user_daily_pico": 3399}',
        'a pico-dollar less: fewer tokens'),
    (false, jsonb_build_array(t.call('ann', 'req_s1')), '{"system_daily_pico": 100}',
        'the system''s cap'),
    (false, jsonb_build_array(t.call('bob', 'req_s1'), t.call('ann', 'req_s2')),
        '{"user_daily_pico": 500}', 'neither of two'),
    (false, jsonb_build_array(t.call('slow', 'req_s1'), t.call('slow', 'req_s2'),
        t.call('slow', 'req_s3')), '{"user_rpm": 100}', 'the last of three is too fast'),
    (false, jsonb_build_array(t.call('ann', 'req_s1'), t.call('nobody', 'req_s2')), '{}',
        'one of two is unknown'),
    (false, jsonb_build_array(t.call('off', 'req_s1')), '{}', 'a disabled user'),
    (false, jsonb_build_array(t.call('docs', 'req_s1')), '{}', 'a feature of other keys'),
    (false, jsonb_build_array(t.call('ann', 'req_s1',
        '{"needs_admin": true, "model": "a/b"}')), '{}', 'a model that others may name'),
    (false, jsonb_build_array(t.call('mock', 'req_s1',
        '{"needs_admin": true, "model": "a/b"}')), '{}', 'a model of other keys'),
    (false, jsonb_build_array(t.call('ann', 'req_s1', '{"feature": "resting"}')), '{}',
        'a paused feature'),
    (false, jsonb_build_array(t.call('ann', 'req s1')), '{}', 'a malformed id'),
    (false, jsonb_build_array(t.call('ann', 'req_s1', '{"input_pico": 1.5}')), '{}',
        'half a pico-dollar'),
    (false, jsonb_build_array(t.call('ann', 'req_s1',
        '{"max_output_tokens": 9999999, "output_pico": 99999999999}')), '{}',
        'more than a call may cost'),
    (false, jsonb_build_array('7'::jsonb), '{}', 'no object');
SELECT is(t.try(CASE WHEN calls = '[7]' THEN calls ELSE t.fresh(calls) END, defaults),
    t.try(CASE WHEN calls = '[7]' THEN calls ELSE t.fresh(calls, false) END, defaults), what)
FROM cases ORDER BY n;
SELECT is(t.is_short(CASE WHEN calls = '[7]' THEN calls ELSE t.fresh(calls) END, defaults),
    is_short, format('... is admitted %s', CASE WHEN is_short THEN 'the short way'
        ELSE 'or refused the long way' END))
FROM cases ORDER BY n;
SELECT ok(NOT t.is_short(t.fresh(jsonb_build_array(t.call('ann', 'req_4'))), '{}'),
    'an id that is under way is not fresh, whatever they say');
SELECT ok(NOT t.is_short(t.fresh(jsonb_build_array(t.call('ann', 'req_x')), false), '{}'),
    'nor is one that may have come before');

-- Settling.
SELECT throws_ok(format('SELECT slipway.settle_few(%L)', jsonb_build_array(e)), 'SW009', NULL,
    'settled the long way')
FROM (VALUES (t.entry('req_1')), (t.entry('req_3', '{"cost_pico": -1}'))) AS x (e);
SELECT is(t.results(jsonb_build_array(t.entry('req_3', '{"attempts": 5}'),
    t.entry('req_4', '{"guards": [{"phase": "output", "kind": "email", "action": "redact",
        "n": 2, "us": 9}, {"phase": "?"}]}'), t.entry('req_5'))),
    'settled settled settled', 'three at once');
SELECT is((SELECT string_agg(concat_ws(' ', request_id, phase, kind, n), ', ')
    FROM slipway.llm_guards), 'req_4 output email 2', '... with what the guard did');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
SELECT * FROM finish();
ROLLBACK;
