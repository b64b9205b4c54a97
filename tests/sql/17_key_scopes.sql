-- What a single key may do: features, models, requests per minute, budget.
BEGIN;
SELECT plan(54);
SELECT t.person('ann'), t.person('root', 'default', 'admin') \g /dev/null
CREATE FUNCTION pg_temp.key(p_user text, p_key text, p_features text[],
    p_models text[], p_rpm integer DEFAULT NULL, p_cap bigint DEFAULT NULL)
RETURNS bigint LANGUAGE sql AS $$
    SELECT slipway.key_create(p_user, t.hash(p_key), 'sk', '', NULL,
        p_features, p_models, p_rpm, p_cap)
$$;
SELECT pg_temp.key('ann', 'docs', '{docs,chat2}', NULL),
    pg_temp.key('ann', 'some', NULL, '{openai/gpt-5*,*/small_1}'),
    pg_temp.key('root', 'narrow', NULL, '{openai/*}'),
    pg_temp.key('root', 'none', NULL, '{}'),
    pg_temp.key('ann', 'slow', NULL, NULL, 2),
    pg_temp.key('ann', 'poor', NULL, NULL, NULL, 2500),
    pg_temp.key('ann', 'poor2', NULL, NULL, 1, 5000) \g /dev/null
CREATE FUNCTION pg_temp.id(p_key text) RETURNS bigint LANGUAGE sql AS
$$ SELECT id FROM slipway.api_keys WHERE key_hash = sha256(p_key::bytea) $$;

-- features
SELECT is(t.verdict('docs', 'req_f1', '{"feature": "docs"}'), 'ok',
    'a feature of the key');
SELECT is(t.verdict('docs', 'req_f2', '{"feature": "chat"}'), 'forbidden',
    'another one');
SELECT is(t.verdict('ann', 'req_f3', '{"feature": "chat"}'), 'ok',
    'a key without scope');

-- models
CREATE FUNCTION pg_temp.names(p_key text, p_model text) RETURNS text
LANGUAGE sql AS $$
    SELECT t.verdict(p_key, 'req_' || md5(p_key || p_model), jsonb_build_object(
        'needs_admin', true, 'model', p_model))
$$;
SELECT is(pg_temp.names(k, m), v, k || ' names ' || m)
FROM (VALUES
    ('some', 'openai/gpt-5', 'ok'),
    ('some', 'openai/gpt-5-mini', 'ok'),
    ('some', 'openai/gpt-4', 'forbidden'),
    ('some', 'xopenai/gpt-5', 'forbidden'),
    ('some', 'mine/small_1', 'ok'),
    ('some', 'mine/smallx1', 'forbidden'),
    ('some', 'mine/small_12', 'forbidden'),
    ('ann', 'openai/gpt-5', 'forbidden'),
    ('docs', 'openai/gpt-5', 'forbidden'),
    ('root', 'any/thing', 'ok'),
    ('narrow', 'openai/gpt-4', 'ok'),
    ('narrow', 'anthropic/x', 'forbidden'),
    ('none', 'openai/gpt-4', 'forbidden')) AS x (k, m, v);
SELECT is(t.verdict('some', 'req_m1', '{"needs_admin": true}'), 'forbidden',
    'a model without a name fits no pattern');
SELECT is(t.verdict('some', 'req_m2'), 'ok', 'no model named, no scope asked');
SELECT is((SELECT string_agg(verdict, ' ') FROM (VALUES
    ('some', NULL, 'openai/gpt-5'), ('some', NULL, 'openai/gpt-4'),
    ('docs', 'docs', NULL), ('docs', 'chat', NULL), ('docs', NULL, NULL),
    ('root', 'chat', 'a/b'), ('nobody', 'chat', 'a/b')) AS x (k, f, m)
    CROSS JOIN LATERAL slipway.key_check(t.hash(k), t.defaults(), f, m)),
    'ok forbidden ok forbidden ok ok unauthorized', 'key_check says the same');

-- requests per minute
SELECT is(t.verdicts(jsonb_build_array(t.call('slow', 'req_r1'),
    t.call('ann', 'req_r2'), t.call('slow', 'req_r3'), t.call('slow', 'req_r4'),
    t.call('ann', 'req_r5'))), 'ok ok ok rate_limited ok',
    'a key has its own pace');
SELECT is((SELECT verdict FROM slipway.key_check(t.hash('slow'),
    t.defaults())), 'rate_limited', '... also where nothing is spent');
SELECT results_eq($$ SELECT a ->> 'limit_rpm', a ->> 'remaining_rpm'
    FROM t.admit('poor2', 'req_r6', '{}', '{"user_rpm": 50}') AS a $$,
    $$ VALUES ('1', '0') $$, 'the tightest limit is told');
SELECT is(t.admit('poor', 'req_r9', '{"input_pico": 0, "output_pico": 0}',
    '{"user_rpm": 0, "tenant_rpm": 0}') ->> 'limit_rpm', '0',
    'a key without a limit has none');
SELECT is((SELECT limit_rpm FROM slipway.key_check(t.hash('ann'),
    t.defaults('{"user_rpm": 0, "tenant_rpm": 0}'))), 0::bigint,
    '... nor where nothing is spent');
SELECT is((SELECT count(*) FROM slipway.rate_limits
    WHERE scope = 'user_key' AND scope_id IN (pg_temp.id('poor'),
        pg_temp.id('ann'))), 0::bigint, '... and nothing is counted');
SELECT results_eq($$ SELECT a ->> 'limit_rpm'
    FROM t.admit('ann', 'req_r7', '{}', '{"user_rpm": 50}') AS a $$,
    $$ VALUES ('50') $$, '... of who has no other');
SELECT is(t.verdict('ann', 'req_r8', '{}', '{"user_rpm": 1}'), 'rate_limited',
    'the limit of the user holds for all its keys');

-- budget
SELECT is(t.verdicts(jsonb_build_array(t.call('poor', 'req_c1'),
    t.call('ann', 'req_c2'), t.call('poor', 'req_c3'),
    t.call('poor', 'req_c4'), t.call('poor', 'req_c5'),
    t.call('ann', 'req_c6'))), 'ok ok ok ok key_cap ok',
    'a key has its own budget: two whole calls and a short one');
SELECT is((SELECT amount_pico FROM slipway.reservations
    WHERE request_id = 'req_c4'), 500::bigint, '... what was left');
SELECT is(t.sums('user_key', pg_temp.id('poor')), '2500 0 0', 'reserved');
SELECT is(t.sums('user_key', pg_temp.id('slow')), '',
    'a key without a budget has no sums');
SELECT results_eq($$ SELECT a ->> 'verdict', a ->> 'cap_pico',
    a ->> 'cap_left_pico', a ->> 'retry_after_ms'
    FROM t.admit('poor', 'req_c7', '{}', '{"user_daily_pico": 900000}') AS a $$,
    $$ VALUES ('key_cap', '2500', '0', '1000') $$,
    'the tighter budget is told, and that calls are under way');
SELECT results_eq($$ SELECT a ->> 'verdict', a ->> 'cap_pico'
    FROM t.admit('ann', 'req_c8', '{}', '{"user_daily_pico": 900000}') AS a $$,
    $$ VALUES ('ok', '900000') $$, '... of who has no other');
SELECT is(t.results(jsonb_build_array(t.entry('req_c1'), t.entry('req_c2'),
    t.entry('req_c3', '{"cost_pico": 0}'))), 'settled settled settled',
    'settled');
SELECT is(t.sums('user_key', pg_temp.id('poor')), '500 400 2', '... the key');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
SELECT is(t.verdict('poor', 'req_c9'), 'ok', 'what was not spent is there again');
SELECT is(t.verdict('ann', 'req_c10', '{}', '{"user_daily_pico": 1}'),
    'user_cap', 'the budget of the user holds for all its keys');
SELECT is(t.verdict('poor', 'req_c11', '{"min_output_tokens": 90}', '{"user_daily_pico": 1}'),
    'key_cap', 'with both used up the key is named');

-- reaped, then settled late
UPDATE slipway.reservations SET lease_until = now() - interval '1 s'
WHERE request_id IN ('req_c4', 'req_c9');
SELECT is(slipway.reap(10), 2, 'reaped');
SELECT is(t.sums('user_key', pg_temp.id('poor')), '0 1900 4', '... the key');
SELECT is(t.settle('req_c4', '{"cost_pico": 1}'), 'settled', 'settled late');
SELECT is(t.sums('user_key', pg_temp.id('poor')), '0 1401 4', '... the key');
SELECT is(t.faults(), 0::bigint, 'the ledger is right');
UPDATE slipway.daily_spend SET settled = settled + 1 WHERE scope = 'user_key'
    AND scope_id = pg_temp.id('poor');
SELECT is((SELECT string_agg(concat_ws(' of ', fault, scope), ' ')
    FROM slipway.ledger_check), 'settled is not the sum of the calls of user_key',
    'ledger_check looks at keys, too');

-- the list of what it may name
INSERT INTO slipway.prices (provider, model, valid_from, input_pico,
    cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico, source)
SELECT p, m, now() - d, 1, 1, 1, 1, 1, 'test'
FROM (VALUES ('acme', 'small_1', interval '2 d'), ('acme', 'small_1', '1 d'),
    ('acme', 'small_2', '1 d'), ('acme', 'late/small_1', '-1 d'),
    ('other', 'small_1', '1 d')) AS x (p, m, d);
CREATE FUNCTION pg_temp.models(p_key text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m, ' ')
    FROM slipway.key_models(t.hash(p_key),
        '{chat2,openai/gpt-5,docs,chat,openai/gpt-5-nano,docs}',
        '{acme}') AS m
$$;
SELECT is(pg_temp.models('docs'), 'chat2 docs', 'features of the key');
SELECT is(pg_temp.models('some'),
    'chat2 openai/gpt-5 docs chat openai/gpt-5-nano acme/small_1',
    'models that it fits');
SELECT is(pg_temp.models('root'),
    'chat2 openai/gpt-5 docs chat openai/gpt-5-nano acme/small_1 acme/small_2',
    'an admin: the price list of the providers, too');
SELECT is(pg_temp.models('nobody'), NULL, 'nobody');

-- what cannot be
SELECT throws_ok($$ UPDATE slipway.api_keys SET daily_cap_pico = 5
    WHERE id = pg_temp.id('slow') $$, 'SW002', NULL,
    'a key gets no budget later');
SELECT lives_ok($$ UPDATE slipway.api_keys SET daily_cap_pico = -1
    WHERE id = pg_temp.id('poor') $$, 'one that it has can be lifted');
SELECT throws_ok($$ SELECT pg_temp.key('ann', 'x', '{}', NULL) $$, 'SW002',
    NULL, 'no feature at all');
SELECT throws_ok($$ SELECT pg_temp.key('ann', 'x', NULL, NULL, -1) $$,
    'SW002', NULL, 'a negative limit');
SELECT results_eq($$ SELECT features, models, rpm, daily_cap_pico
    FROM slipway.key_list('ann') ORDER BY id DESC LIMIT 1 $$,
    $$ VALUES (NULL::text[], NULL::text[], 1, 5000::bigint) $$,
    'key_list tells the scope');
SELECT * FROM finish();
ROLLBACK;
