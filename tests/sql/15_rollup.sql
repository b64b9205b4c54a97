-- Rollups: exact, incremental, complete with the last hours; and the trail of
-- changes.
BEGIN;
SELECT plan(42);
SET LOCAL timezone = 'America/New_York';
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme') \g /dev/null
UPDATE slipway.tenants SET timezone = 'Asia/Kolkata' WHERE name = 'acme';

-- buckets
INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day, user_id,
    key_id, feature, created_at, outcome, basis, cost_pico, reserved_pico,
    over_reservation, input_tokens, cache_read_tokens, cache_write_tokens,
    cache_write_1h_tokens, output_tokens, reasoning_tokens, model_route,
    prompt_version, trace_id, stream, fallback_tier, ttft_ms, latency_ms)
SELECT 1, 'req_b' || ms, current_date, current_date, 1, 1, 'b', now(), 'done',
    'none', 0, 0, false, 0, 0, 0, 0, 0, 0, '', '', '', true, 0, NULL, ms
FROM (SELECT generate_series(0, 3000) AS ms UNION
    SELECT unnest(ARRAY[1::bigint << e, (1::bigint << e) - 1, (1::bigint << e) + 1])
    FROM generate_series(11, 50) AS e) AS x;
SELECT is((SELECT count(DISTINCT within_ms) FROM slipway.call_latency
    WHERE feature = 'b' AND within_ms < 32), 32::bigint,
    'below 32 ms each has a bucket of its own');
SELECT is((SELECT count(*) FROM slipway.call_latency
    WHERE feature = 'b' AND within_ms < 800), 800::bigint,
    'a bucket ends at 799 ms');
SELECT is((SELECT string_agg(within_ms::text, ' ' ORDER BY within_ms)
    FROM (SELECT DISTINCT within_ms FROM slipway.call_latency
        WHERE feature = 'b' AND within_ms BETWEEN 700 AND 1200) AS x),
    '703 735 767 799 831 863 895 927 959 991 1023 1087 1151', 'some buckets');
SELECT is_empty($$
    SELECT e FROM generate_series(11, 50) AS e
    WHERE NOT EXISTS (SELECT FROM slipway.call_latency
        WHERE feature = 'b' AND within_ms = (1::bigint << e) - 1)
$$, 'a power of two begins a bucket');
SET LOCAL slipway.janitor = 'on';
DELETE FROM slipway.llm_calls;
SET LOCAL slipway.janitor = 'off';

-- a few thousand calls over four days, random but the same each time
SELECT setseed(0.25) \g /dev/null
INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day, user_id,
    key_id, feature, created_at, settled_at, outcome, basis, error, cost_pico,
    reserved_pico, over_reservation, input_tokens, cache_read_tokens,
    cache_write_tokens, cache_write_1h_tokens, output_tokens,
    reasoning_tokens, model_route, prompt_version, trace_id, stream,
    fallback_tier, ttft_ms, latency_ms)
SELECT u.tenant_id, 'req_' || lpad(g::text, 26, '0'),
    (x.at AT TIME ZONE ten.timezone)::date, (x.at AT TIME ZONE 'UTC')::date,
    u.id, a.id, (ARRAY['chat', 'docs'])[1 + g % 2], x.at, x.at, x.outcome,
    CASE WHEN g % 5 = 0 THEN 'partial' ELSE 'provider_usage' END,
    CASE x.outcome WHEN 'failed' THEN 'upstream_error' ELSE 'ok' END,
    (random() * 1e9)::bigint, 1000, g % 11 = 0, g % 97, g % 7, g % 5, g % 3,
    g % 89, g % 13, CASE WHEN x.outcome = 'failed' THEN ''
        ELSE (ARRAY['openai/a', 'anthropic/b/c'])[1 + g % 2] END,
    'chat-1', '', true, (g % 10 = 0)::integer, CASE WHEN x.outcome = 'done'
        THEN (random() * 2000)::bigint END, (random() * 20000)::bigint
FROM generate_series(1, 4000) AS g
CROSS JOIN LATERAL (SELECT clock_timestamp() - g * interval '90 s' AS at,
    (ARRAY['done', 'done', 'done', 'failed', 'abandoned'])[1 + g % 5]
        AS outcome) AS x
JOIN slipway.users AS u ON u.name = (ARRAY['ann', 'bob', 'eve'])[1 + g % 3]
JOIN slipway.tenants AS ten ON ten.id = u.tenant_id
JOIN slipway.api_keys AS a ON a.user_id = u.id;

-- what the views say, as one line each
CREATE TEMP VIEW seen AS
SELECT
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.cost_by_user AS x) AS by_user,
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.cost_by_day AS x) AS by_day,
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.cost_by_model AS x) AS by_model,
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.errors_by_hour AS x) AS errors,
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.latency_by_day AS x) AS latency,
    (SELECT md5(string_agg(x::text, E'\n' ORDER BY x::text COLLATE "C"))
        FROM slipway.slo_by_month AS x) AS slo;
CREATE TEMP TABLE before AS SELECT * FROM seen;
SELECT is((SELECT sum(cost_usd) FROM slipway.cost_by_day),
    (SELECT sum(cost_pico) * 1e-12 FROM slipway.llm_calls),
    'without rollups the views read the calls');
SELECT is((SELECT sum(calls) FROM slipway.latency_histogram
    WHERE what = 'latency'), 3200::numeric, 'all but the abandoned are timed');
SELECT bag_eq($$
    SELECT day, t.name, count(*), sum(cost_pico) * 1e-12
    FROM slipway.llm_calls JOIN slipway.tenants AS t ON t.id = tenant_id
    GROUP BY 1, 2
$$, 'SELECT day, tenant, calls, cost_usd FROM slipway.cost_by_day',
    'by the day of the tenant, in whatever time zone');

-- a call under way holds its hour back
SELECT t.verdict('ann', 'req_slow') \g /dev/null
SELECT t.earlier('req_slow', '30 h') \g /dev/null
SELECT is((SELECT rolled_until FROM slipway.rollup()),
    (SELECT date_trunc('hour', created_at, 'UTC') FROM slipway.reservations),
    'until the hour of the oldest call under way');
SELECT results_eq('SELECT * FROM seen', 'SELECT * FROM before',
    'the views say the same with half of it rolled up');
SELECT is_empty('SELECT * FROM slipway.rollup_check', '... and it is right');
SELECT is((SELECT calls FROM slipway.rollup()), 0::bigint,
    'a second run has nothing to do');
SELECT t.settle('req_slow') \g /dev/null
CREATE TEMP TABLE between_runs AS SELECT * FROM seen;
SELECT cmp_ok((SELECT calls FROM slipway.rollup()), '>=', 1100::bigint,
    'once it is settled, the rest follows');
SELECT results_eq('SELECT * FROM seen', 'SELECT * FROM between_runs',
    'the views say the same');
SELECT is_empty('SELECT * FROM slipway.rollup_check', '... and it is right');
SELECT cmp_ok((SELECT rolled_until FROM slipway.rollup_state), '>=',
    now() - interval '71 min', 'up to an hour ago');
SELECT cmp_ok((SELECT rolled_until FROM slipway.rollup_state), '<=',
    clock_timestamp() - interval '10 min', '... and not nearer than ten minutes');
SELECT is((SELECT sum(calls)::bigint FROM slipway.rollup_days),
    (SELECT count(*) FROM slipway.llm_calls, slipway.rollup_state
        WHERE created_at < rolled_until), 'every call once');

-- made anew
SET LOCAL slipway.janitor = 'on';
UPDATE slipway.llm_calls SET cost_pico = cost_pico + 1
WHERE request_id = 'req_' || lpad('2000', 26, '0');
SELECT is((SELECT count(*) FROM slipway.rollup_check), 1::bigint,
    'rollup_check sees a call that was changed by hand');
SELECT cmp_ok((SELECT calls FROM slipway.rollup(now() - interval '60 h')),
    '>', 2000::bigint, 'rollup(DAY) makes it anew');
SELECT is_empty('SELECT * FROM slipway.rollup_check', '... rightly');
SELECT throws_ok($$ SELECT slipway.rollup('1999-12-31') $$, 'SW002', NULL,
    'not where the calls are gone');

-- a call of a past hour that the reaper settled and its worker after it
SELECT is(t.verdict('eve', 'req_late'), 'ok', 'a call');
SELECT t.earlier('req_late', '3 h') \g /dev/null
UPDATE slipway.reservations SET lease_until = now() - interval '1 s';
SELECT is(slipway.reap(100), 1, 'reaped');
SELECT slipway.rollup() \g /dev/null
SELECT is(t.settle('req_late'), 'settled', 'and settled late');
SELECT isnt_empty('SELECT FROM slipway.rollup_check',
    'its day has to be made anew');
SELECT slipway.rollup() \g /dev/null
SELECT is_empty('SELECT FROM slipway.rollup_check', '... which rollup() does');
SELECT is_empty('SELECT FROM slipway.rollup_again', '... once');

-- without a retention all calls are kept, whatever was rolled up
CREATE TEMP TABLE counted AS SELECT count(*) AS n FROM slipway.llm_calls;
SELECT is_empty($$
    SELECT * FROM slipway.janitor(NULL) WHERE action = 'dropped'
$$, 'the janitor drops nothing unasked');
SELECT is((SELECT count(*) FROM slipway.llm_calls), (SELECT n FROM counted),
    '... and every call is still there');

-- retention: the rollups stay
CREATE TEMP TABLE kept AS SELECT * FROM seen;
DELETE FROM slipway.llm_calls AS c USING slipway.rollup_state AS s
WHERE c.created_at < s.rolled_until;
SELECT results_eq('SELECT * FROM seen', 'SELECT * FROM kept',
    'the views say the same when the calls are gone');

-- forecast
SELECT is((SELECT sum(cost_usd) FILTER (WHERE tenant <> '(all)')
    - sum(cost_usd) FILTER (WHERE tenant = '(all)')
    FROM slipway.month_to_date), 0::numeric, 'the tenants add up to all');
SELECT cmp_ok((SELECT forecast_usd FROM slipway.month_to_date
    WHERE tenant = '(all)'), '>', (SELECT cost_usd FROM slipway.month_to_date
    WHERE tenant = '(all)') - 0.000000000001, 'a month ends dearer');

-- the trail
SELECT is((SELECT count(*) FROM slipway.audit
    WHERE what = 'user created' AND target IN ('ann', 'bob', 'eve')
        AND before IS NULL AND after ->> 'role' = 'user'), 3::bigint,
    'new users are in the trail');
SELECT is_empty($$
    SELECT * FROM slipway.audit WHERE coalesce(before, '{}')::text
        || coalesce(after, '{}')::text LIKE '%hash%'
$$, 'no hash is');
SET LOCAL slipway.actor = 'default/root <x>';
SELECT slipway.cap_set('user', 'ann', 5, NULL) \g /dev/null
SELECT results_eq($$
    SELECT who, what, target, before, after FROM slipway.audit LIMIT 1
$$, $$
    VALUES ('default/root <x>', 'user changed', 'ann',
        '{"daily_cap_pico": null}'::jsonb, '{"daily_cap_pico": 5}'::jsonb)
$$, 'a cap: who, what, before, after');
SELECT slipway.cap_set('user', 'ann', 5, NULL) \g /dev/null
SELECT is((SELECT count(*) FROM slipway.audit WHERE after ? 'daily_cap_pico'
    AND what = 'user changed'), 1::bigint, 'no change, no line');
SELECT slipway.pause_set('chat', true, 'it burns') \g /dev/null
SELECT slipway.pause_set('chat', false) \g /dev/null
SELECT is((SELECT array_agg(what || ' ' || (after ->> 'paused') ORDER BY id)
    FROM slipway.audit WHERE target = 'chat'),
    '{pause created true,pause changed false}', 'pauses');
SELECT slipway.key_revoke(id::text) FROM slipway.api_keys
WHERE prefix = 'sk-bob' \g /dev/null
SELECT is((SELECT what || ' ' || target FROM slipway.audit LIMIT 1),
    'key changed bob sk-bob', 'a key that is revoked');
SET LOCAL slipway.janitor = 'off';
SELECT throws_ok('DELETE FROM slipway.audit_log', 'SW003', NULL,
    'nobody forgets');
SELECT throws_ok('UPDATE slipway.audit_log SET who = ''x''', 'SW003', NULL,
    '... or rewrites');
SELECT slipway.account_erase(tenant_id, id) FROM slipway.users
WHERE name = 'ann' \g /dev/null
SELECT is_empty($$ SELECT * FROM slipway.audit_log AS g
    WHERE g::text ~ '[^-]\mann\M' $$, 'who is erased is erased here, too');
SELECT is((SELECT slipway.key_create('bob', t.hash('zz'), 'sk-zz') > 0), true,
    'and things go on');
SELECT * FROM finish();
ROLLBACK;
