-- The functions of the administrator, and what they refuse.
BEGIN;
SELECT plan(67);
CREATE FUNCTION pg_temp.refusal(p_sql text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_detail text;
    v_message text;
BEGIN
    EXECUTE p_sql;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_state = RETURNED_SQLSTATE,
        v_detail = PG_EXCEPTION_DETAIL, v_message = MESSAGE_TEXT;
    RETURN v_state || ' ' || v_detail
        || CASE WHEN length(v_message) < 20 THEN ' too short' ELSE '' END;
END;
$$;

-- tenants
CREATE TEMP TABLE made AS
SELECT slipway.tenant_create('Acme', 'Europe/Berlin') AS tenant,
    slipway.user_create(NULL, 'ann@example.org') AS ann,
    slipway.user_create(NULL, 'bob') AS bob,
    0::bigint AS key \g /dev/null
UPDATE made SET key = slipway.key_create('bob', t.hash('bob'), 'sk-bob',
    'laptop');
SELECT is((SELECT id FROM slipway.tenants WHERE name = 'Acme'), tenant,
    'a tenant') FROM made;
SELECT is(pg_temp.refusal($$ SELECT slipway.tenant_create('acme') $$),
    'SW002 invalid_request', '... once, whatever the case');
SELECT is(pg_temp.refusal(format('SELECT slipway.tenant_create(%L)', n)),
    'SW002 invalid_request', format('no tenant %L', left(n, 10)))
FROM (VALUES (''), ('a/b'), (E'a\nb'), (repeat('a', 129)), (NULL)) AS v (n);
SELECT is(pg_temp.refusal($$ SELECT slipway.tenant_create('x', 'Mars') $$),
    'SW002 invalid_request', '... no unknown time zone');
SELECT is(pg_temp.refusal($$ SELECT slipway.tenant_create('x', 'foo5') $$),
    'SW002 invalid_request', '... no made-up one either');
SELECT is(pg_temp.refusal(
    $$ SELECT slipway.tenant_timezone_set('acme', 'Mars') $$),
    'SW002 invalid_request', '... nor later');
SELECT slipway.tenant_timezone_set('ACME', 'Asia/Tokyo') \g /dev/null
SELECT results_eq($$
    SELECT name, timezone, rpm, daily_cap_pico, users, settled_pico,
        reserved_pico, disabled_at FROM slipway.tenant_list()
$$, $$
    VALUES ('Acme', 'Asia/Tokyo', NULL::integer, NULL::bigint, 0::bigint,
            0::bigint, 0::bigint, NULL::timestamptz),
        ('default', 'UTC', NULL, NULL, 2, 0, 0, NULL)
$$, 'the list of tenants');
SELECT is(pg_temp.refusal($$ SELECT slipway.tenant_disable('nil') $$),
    'SW004 not_found', 'a tenant that is not there');

-- users
SELECT is((SELECT id FROM slipway.users WHERE name = 'ann@example.org'
    AND tenant_id = 1 AND role = 'user'), ann, 'a user of the default tenant')
FROM made;
SELECT is(pg_temp.refusal(
    $$ SELECT slipway.user_create('default', 'ANN@example.org') $$),
    'SW002 invalid_request', '... once');
SELECT is(pg_temp.refusal(
    $$ SELECT slipway.user_create('Acme', 'ann@example.org', 'admin') $$),
    'done', '... in each tenant');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_create('nil', 'ann') $$),
    'SW004 not_found', 'no such tenant');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_create(NULL, 'x', 'god') $$),
    'SW002 invalid_request', 'no such role');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_create(NULL, 'a/b') $$),
    'SW002 invalid_request', 'no slash');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_create(NULL, NULL) $$),
    'SW002 invalid_request', 'no name');
SELECT is((slipway.user_find('acme/Ann@Example.org')).role, 'admin',
    'found by tenant and name');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_find('ann@example.org') $$),
    'SW002 invalid_request', 'the name alone is not enough here');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_find('nobody') $$),
    'SW004 not_found', 'no such user');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_find('/') $$),
    'SW004 not_found', 'nor this');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_find(NULL) $$),
    'SW004 not_found', 'nor none');
SELECT slipway.user_role_set('bob', 'admin') \g /dev/null
SELECT is((slipway.user_find('bob')).role, 'admin', 'a role is set');
SELECT is(pg_temp.refusal($$ SELECT slipway.user_role_set('bob', NULL) $$),
    'SW002 invalid_request', '... to one that exists');
SELECT slipway.user_role_set('bob', 'user') \g /dev/null

-- keys
SELECT is((SELECT id FROM slipway.api_keys WHERE label = 'laptop'), key,
    'a key') FROM made;
SELECT is((SELECT key_hash FROM slipway.api_keys), sha256('bob'),
    '... kept as its hash');
SELECT is(pg_temp.refusal(
    $$ SELECT slipway.key_create('bob', t.hash('bob'), 'x') $$),
    'SW002 invalid_request', '... once');
SELECT is(pg_temp.refusal(format('SELECT slipway.key_create(%L, %L, %L)',
    'bob', h, p)), 'SW002 invalid_request', format('no hash %L with prefix %L',
    left(h, 8), left(p, 8)))
FROM (VALUES ('secret', 'x'), (NULL, 'x'), (upper(t.hash('y')), 'x'),
    (t.hash('y'), ''), (t.hash('y'), repeat('x', 33)), (t.hash('y'), NULL))
    AS v (h, p);
SELECT is(pg_temp.refusal(
    $$ SELECT slipway.key_create('nil', t.hash('n'), 'x') $$),
    'SW004 not_found', 'no such user');
SELECT slipway.key_create('bob', t.hash('b2'), 'sk-bob', '',
    now() - interval '1 s')
\g /dev/null
SELECT slipway.key_create('bob', t.hash('b3'), 'sk-b3', E'it''s') \g /dev/null
SELECT results_eq($$
    SELECT tenant, "user", prefix, label, state FROM slipway.key_list()
$$, $$
    VALUES ('default', 'bob', 'sk-bob', 'laptop', 'active'),
        ('default', 'bob', 'sk-bob', '', 'expired'),
        ('default', 'bob', 'sk-b3', 'it''s', 'active')
$$, 'the list of keys shows no key');
SELECT is_empty($$ SELECT * FROM slipway.key_list('acme/ann@example.org') $$,
    '... of one user');
SELECT is(pg_temp.refusal($$ SELECT slipway.key_revoke('sk-bob') $$),
    'SW002 invalid_request', 'a prefix of two keys is not enough');
SELECT is(pg_temp.refusal($$ SELECT slipway.key_revoke('sk-nil') $$),
    'SW004 not_found', 'no such key');
UPDATE made SET key = slipway.key_revoke('sk-b3');
SELECT is((SELECT id FROM slipway.api_keys WHERE revoked_at IS NOT NULL), key,
    'revoked by prefix') FROM made;
SELECT is(slipway.key_revoke(id::text), id, 'revoked by id')
FROM slipway.api_keys WHERE label = 'laptop';
SELECT is(slipway.key_revoke(id::text), id, '... again does no harm')
FROM slipway.api_keys WHERE label = 'laptop';
SELECT is((SELECT string_agg(state, ' ') FROM slipway.key_list('bob')),
    'revoked expired revoked', 'the list says so');

-- caps
SELECT slipway.cap_set('user', 'bob', 5000, 20) \g /dev/null
SELECT slipway.cap_set('user', 'bob', NULL, 30) \g /dev/null
SELECT results_eq($$
    SELECT daily_cap_pico, rpm FROM slipway.user_list('default')
    WHERE name = 'bob'
$$, $$ VALUES (5000::bigint, 30) $$, 'limits of a user; NULL leaves one');
SELECT slipway.cap_set('tenant', 'Acme', 7000, NULL) \g /dev/null
SELECT results_eq($$
    SELECT daily_cap_pico, rpm FROM slipway.tenant_list() WHERE name = 'Acme'
$$, $$ VALUES (7000::bigint, NULL::integer) $$, 'limits of a tenant');
SELECT slipway.cap_clear('user', 'bob'), slipway.cap_clear('tenant', 'acme')
\g /dev/null
SELECT is_empty($$
    SELECT FROM slipway.user_list() WHERE daily_cap_pico IS NOT NULL
        OR rpm IS NOT NULL
    UNION ALL
    SELECT FROM slipway.tenant_list() WHERE daily_cap_pico IS NOT NULL
$$, 'limits are taken away');
SELECT is(pg_temp.refusal(format('SELECT slipway.cap_set(%L, %L, %L, %L)',
    s, n, d, r)), x, format('cap_set %s %s %s %s', s, n, d, r))
FROM (VALUES ('system', 'x', 1, 1, 'SW002 invalid_request'),
    (NULL, 'x', 1, 1, 'SW002 invalid_request'),
    ('user', 'nil', 1, 1, 'SW004 not_found'),
    ('tenant', 'nil', 1, 1, 'SW004 not_found'),
    ('user', 'bob', -2, 1, 'SW002 invalid_request'),
    ('user', 'bob', 1, -1, 'SW002 invalid_request'),
    ('user', 'bob', 1, 1000001, 'SW002 invalid_request')) AS v (s, n, d, r, x);
SELECT is(pg_temp.refusal($$ SELECT slipway.cap_clear('system', '') $$),
    'SW002 invalid_request', 'cap_clear system');

-- pause
SELECT is(slipway.pause_set('chat', true, 'too dear'), 1, 'a pause');
SELECT is(slipway.pause_set('chat', true, 'too dear'), 0, '... once');
SELECT is(slipway.pause_set(NULL, true), 1, 'all');
SELECT results_eq('SELECT feature, reason FROM slipway.pause_list()',
    $$ VALUES ('*', ''), ('chat', 'too dear') $$,
    'the list of pauses');
SELECT is(slipway.pause_set(NULL, false), 1, 'it goes on');
SELECT is(pg_temp.refusal($$ SELECT slipway.pause_set('', true) $$),
    'SW002 invalid_request', 'a feature has a name');

-- one's own use, one call
SELECT slipway.key_create('bob', t.hash('bob4'), 'sk-bob4') \g /dev/null
SELECT slipway.pause_set('chat', false) \g /dev/null
SELECT t.verdict('bob4', 'req_1'), t.verdict('bob4', 'req_2'), t.settle('req_1')
\g /dev/null
SELECT results_eq($$ SELECT * FROM slipway.usage_of('bob') $$, $$
    VALUES ((now() AT TIME ZONE 'UTC')::date, 1::bigint, 400::bigint,
        1000::bigint)
$$, 'what a user spent');
SELECT is_empty($$ SELECT * FROM slipway.usage_of('bob', 0) $$,
    '... in no days');
SELECT is((SELECT concat_ws(' ', "user", outcome, cost_pico, model_route)
    FROM slipway.call_find('req_1')), 'bob done 400 openai/gpt-5-mini',
    'a call by its id');
SELECT is((SELECT concat_ws(' ', "user", outcome, cost_pico, reserved_pico)
    FROM slipway.call_find('req_2')), 'bob in_flight 1000',
    '... under way');
SELECT is_empty($$ SELECT * FROM slipway.call_find('req_3') $$, '... or none');
SELECT is((SELECT a::text FROM slipway.call_attempts('req_1') AS a),
    '(1,openai/gpt-5-mini,ok,200,100,800)', 'its attempts');
SELECT * FROM finish();
ROLLBACK;
