-- Accounts: attempts that are counted, sessions that are renewed and end, and
-- what a person may do with the own account only.
BEGIN;
SELECT plan(36);
CREATE FUNCTION pg_temp.wait(p_login text, p_address text DEFAULT '192.0.2.1')
RETURNS integer LANGUAGE sql AS
$$ SELECT wait_s FROM slipway.login_begin(p_login, p_address, 3) $$;
CREATE TEMP TABLE made AS
SELECT t.person('ann') AS ann, t.person('bob') AS bob,
    t.person('eve', 'Acme') AS eve \g /dev/null
SELECT slipway.password_set('ann', '$argon2id$ann', 'ann@example.org')
\g /dev/null
SELECT slipway.password_set('Acme/eve', '$argon2id$eve') \g /dev/null

-- whom a login names
SELECT is((slipway.account_find(n)).password_hash, w, format('%L', n))
FROM (VALUES ('ann', '$argon2id$ann'), ('ANN@Example.org', '$argon2id$ann'),
    ('default/ann', '$argon2id$ann'), ('acme/ann', NULL),
    ('acme/eve', '$argon2id$eve'), ('eve', '$argon2id$eve'), ('bob', NULL),
    ('nobody', NULL), ('', NULL), (NULL, NULL)) AS v (n, w);
SELECT throws_ok(
    $$ SELECT slipway.password_set('bob', '$argon2id$b', 'Ann@example.org') $$,
    'SW002', NULL, 'an address belongs to one account');
SELECT throws_ok($$ SELECT slipway.password_set('bob', 'plain text') $$,
    'SW002', NULL, 'only Argon2id is stored');

-- attempts
SELECT is(array_agg(pg_temp.wait('ann')), '{0,0,0}', 'three attempts')
FROM generate_series(1, 3);
SELECT cmp_ok(pg_temp.wait('ANN'), '>', 880, '... then a pause');
SELECT is(pg_temp.wait('bob'), 0, '... for this account alone');
SELECT slipway.login_succeeded('Ann', '192.0.2.1') \g /dev/null
SELECT is(pg_temp.wait('ann'), 0, 'success starts anew');
SELECT is(max(pg_temp.wait('x' || g, '192.0.2.9')), 0, 'an address has 15')
FROM generate_series(1, 15) AS g;
SELECT cmp_ok(pg_temp.wait('x99', '192.0.2.9'), '>', 880, '... no more');
SELECT is((SELECT count(*) FROM slipway.login_attempts
    WHERE subject = sha256('x99')), 0::bigint,
    'who is refused for the address does not lock an account');
SELECT is(slipway.address_network(a), w, format('%L', a))
FROM (VALUES ('192.0.2.7', '192.0.2.7'),
    ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'), ('unix:', 'unix:'),
    ('::ffff:192.0.2.7', '192.0.2.7'), ('::ffff:255.1.2.3', '255.1.2.3'),
    ('::192.0.2.7', '::/64'),
    (NULL, '')) AS v (a, w);

-- sessions
CREATE FUNCTION pg_temp.open(p_token text) RETURNS bigint LANGUAGE sql AS $$
    SELECT slipway.session_open(1, ann, t.hash(p_token), 'password', E'a\nb',
        86400000) FROM made
$$;
SELECT pg_temp.open('s1') \g /dev/null
SELECT is((SELECT verdict FROM slipway.key_check(t.hash('s1'),
    t.defaults())), 'ok', 'a session is known where a key is');
SELECT is(t.verdict('s1', 'req_s1'), 'ok', '... and is admitted');
SELECT is((SELECT agent FROM slipway.sessions LIMIT 1), 'a b',
    'no control character is kept');
SELECT ok(NOT slipway.session_rotate(t.hash('s1'), t.hash('s2'), 1000,
    86400000), 'a new token is not due');
UPDATE slipway.api_keys SET created_at = now() - interval '1 hour'
WHERE kind = 'session';
SELECT ok(slipway.session_rotate(t.hash('s1'), t.hash('s2'), 1000, 86400000),
    '... but later');
SELECT ok(NOT slipway.session_rotate(t.hash('s1'), t.hash('s3'), 1000,
    86400000), '... once');
SELECT results_eq($$
    SELECT expires_at - now() FROM slipway.api_keys WHERE kind = 'session'
    ORDER BY id
$$, $$ VALUES (interval '1 minute'), (interval '1 day') $$,
    'the old token has a minute');
UPDATE slipway.sessions SET login_at = now() - interval '89 days 23 hours';
UPDATE slipway.api_keys SET created_at = now() - interval '1 hour'
WHERE kind = 'session';
SELECT slipway.session_rotate(t.hash('s2'), t.hash('s4'), 1000, 86400000)
\g /dev/null
SELECT is((SELECT max(expires_at) - now() FROM slipway.api_keys
    WHERE key_hash = decode(t.hash('s4'), 'hex')), interval '1 hour',
    'after 90 days it ends');
SELECT count(pg_temp.open('n' || g)) FROM generate_series(1, 60) AS g
\g /dev/null
SELECT is((SELECT count(*) FROM slipway.api_keys WHERE kind = 'session'
    AND revoked_at IS NULL), 50::bigint, 'fifty at a time');
SELECT slipway.user_disable('ann', true) \g /dev/null
SELECT throws_ok($$ SELECT pg_temp.open('late') $$, 'SW001', NULL,
    'none for a user who is disabled');

SELECT * FROM finish();
ROLLBACK;
