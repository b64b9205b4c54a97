-- What the admin page asks: every report runs as its own SQL says, for the
-- admin's role and finance's; changes carry the admin's name; one request.
BEGIN;
SELECT plan(130);
SELECT t.person('ann'), t.person('eve', 'acme'), t.person('root', 'default',
    'admin') \g /dev/null
-- names that are no SQL
SELECT slipway.user_create('acme', '''); DROP TABLE slipway.users; --'),
    slipway.tenant_create('<b>"x" & ''y''') \g /dev/null
SELECT t.verdicts((SELECT jsonb_agg(t.call(k, 'req_' || k || g))
    FROM generate_series(1, 3) AS g, unnest('{ann,eve}'::text[]) AS k))
\g /dev/null
SELECT t.results(jsonb_build_array(
    t.entry('req_ann1', '{"cost_pico": 1000000}'),
    t.entry('req_ann2', '{"cost_pico": 5, "outcome": "failed",
        "error": "upstream_error", "model_route": ""}'),
    t.entry('req_eve1', '{"cost_pico": 2000000}'),
    t.entry('req_eve2', '{"cost_pico": 3}'))) \g /dev/null

-- the rows of a report as JSON, run as the role that is set
CREATE FUNCTION pg_temp.run(p_sql text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE v jsonb;
BEGIN
    EXECUTE 'SELECT coalesce(jsonb_agg(to_jsonb(q)), ''[]'') FROM ('
        || p_sql || ') AS q' INTO v;
    RETURN v;
END;
$$;
CREATE TEMP TABLE reports AS
SELECT name, slipway.report_sql(name, f) AS sql, f
FROM unnest('{summary,month,cost_by_day,cost_by_user,cost_by_user_feature,
    cost_by_feature,cost_by_model,cost_by_provider,cost_by_tenant,cost_by_key,
    cost_by_outcome,cost_by_hour,latency_by_day,latency_by_hour,latency_by_feature,
    latency_by_model,latency_by_tenant,errors,errors_by_day,errors_by_hour,
    errors_by_model,errors_by_feature,invites,waitlist,feedback,evals,guards,alerts,
    alerts_resolved,calls,live,limits,keys,pauses,audit,
    prompts,prices,slo_by_day,slo_by_month}'::text[]) AS name
CROSS JOIN (VALUES ('{"system_daily_pico": "50000000000000",
        "tenant_daily_pico": "-1"}'::jsonb),
    ('{"tenant": "<b>\"x\" & ''y''", "user": "''); DROP TABLE x; --",
        "search": "''%_\\", "feature": "''", "model": "$$", "key": "\u0001",
        "from": "2026-01-01", "until": "2026-01-31", "limit": "5"}'::jsonb))
    AS x (f);
GRANT SELECT ON reports TO slipway_admin, slipway_finance;
GRANT USAGE ON SCHEMA t TO slipway_admin, slipway_finance;
SET LOCAL ROLE slipway_admin;
SELECT lives_ok(sql, 'admin: ' || name) FROM reports ORDER BY f, name;
SET LOCAL ROLE slipway_finance;
SELECT is((SELECT count(pg_temp.run(sql)) FROM reports
    WHERE name <> 'feedback'), 76::bigint,
    'finance may run all of them but what people wrote');
SELECT throws_ok((SELECT min(sql) FROM reports WHERE name = 'feedback'),
    '42501', NULL, 'finance may not read what people wrote');
RESET ROLE;
SELECT is((SELECT sum(jsonb_array_length(pg_temp.run(sql))) FROM reports
    WHERE f ? 'user' AND name NOT IN ('summary', 'month', 'pauses', 'audit',
        'slo_by_month')), 0::bigint, 'hostile filters find nothing');

CREATE FUNCTION pg_temp.report(p_name text, p_filter jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS
$$ SELECT pg_temp.run(slipway.report_sql(p_name, p_filter)) $$;
SELECT is(pg_temp.report('cost_by_user') -> 0 ->> 'cost_usd', '0.000002000003',
    'cost by user: the dearest first');
SELECT is(jsonb_array_length(pg_temp.report('cost_by_user',
    '{"tenant": "acme"}')), 1, '... of one tenant');
SELECT is(pg_temp.report('summary') #>> '{0,calls}', '4', 'calls of today');
SELECT is(pg_temp.report('summary') #>> '{4,cost_usd}', '0.000003000008',
    '... and their cost this month');
SELECT is(pg_temp.report('summary', '{"tenant": "acme"}') #>> '{0,calls}',
    '2', '... of one tenant');
SELECT is(pg_temp.report('errors') #>> '{0,last_request_id}', 'req_ann2',
    'errors');
SELECT is(pg_temp.report('errors_by_day') #>> '{0,percent_errors}', '25.00',
    '... in percent');
SELECT is((SELECT string_agg(x.j ->> 'request_id', ' ' ORDER BY x.n)
    FROM jsonb_array_elements(pg_temp.report('calls')) WITH ORDINALITY
        AS x (j, n)), 'req_eve2 req_eve1 req_ann2 req_ann1',
    'calls, the last first');
SELECT is((SELECT string_agg(x.j ->> 'request_id', ' ')
    FROM jsonb_array_elements(pg_temp.report('calls', f)) AS x (j)), w, f::text)
FROM (VALUES ('{"user": "eve"}'::jsonb, 'req_eve2 req_eve1'),
    ('{"key": "sk-ann"}', 'req_ann2 req_ann1'),
    ('{"tenant": "acme", "user": "ann"}', NULL),
    ('{"tenant": "nosuch"}', NULL)) AS x (f, w);
SELECT matches(slipway.report_sql('calls', '{"user": "ann"}'),
    'user_id = \d+\n', 'who is asked for is found by number');

-- alerts
INSERT INTO slipway.alerts (rule, subject, detail, raised_at, resolved_at)
VALUES ('quota', 'openai', 'x', now() - interval '40 days', NULL),
    ('quota', 'openai', 'y', now() - interval '2 days', now()),
    ('probe', 'web', 'z', now() - interval '20 days', now());
SELECT is((SELECT string_agg(x.j ->> 'detail', ' ')
    FROM jsonb_array_elements(pg_temp.report('alerts')) AS x (j)), 'x',
    'what is raised, since whenever');
SELECT is((SELECT string_agg(x.j ->> 'detail', ' ')
    FROM jsonb_array_elements(pg_temp.report('alerts_resolved')) AS x (j)),
    'y', 'what was raised in the last week, and is over');

-- the provider's bill
SELECT is(pg_temp.report('reconcile', jsonb_build_object('provider', 'openai',
    'rows', jsonb_build_array(jsonb_build_object('day', '2026-01-01',
        'model', 'it''s', 'calls', 1))::text)) #>> '{0,differs}', 'true',
    'the bill');
SELECT is(jsonb_array_length(pg_temp.report('live')), 2, 'two are under way');
SELECT is(pg_temp.report('month', '{"system_daily_pico": "2000000000000"}')
    #>> '{0,daily_cap_usd}', '2.000000000000', 'the cap of the system');
SELECT slipway.cap_set('tenant', 'acme', -1, NULL) \g /dev/null
SELECT is((SELECT x.j ->> 'daily_cap_usd' FROM jsonb_array_elements(
    pg_temp.report('month', '{"tenant_daily_pico": "7000000000000"}')) AS x (j)
    WHERE x.j ->> 'tenant' = 'default'), '7.000000000000',
    'of a tenant: the configuration''s');
SELECT is((SELECT x.j ->> 'daily_cap_usd' FROM jsonb_array_elements(
    pg_temp.report('month', '{"tenant_daily_pico": "7000000000000"}')) AS x (j)
    WHERE x.j ->> 'tenant' = 'acme'), NULL, '... or none, by its own setting');
SELECT throws_ok($$ SELECT slipway.report_sql('nosuch', '{}') $$, 'SW004');
SELECT throws_ok($$ SELECT slipway.report_sql('errors', '{"from": "x"}') $$,
    'SW002');
SELECT throws_ok($$ SELECT slipway.report_sql('errors', '{"limit": "1;"}') $$,
    'SW002');

-- changes
CREATE FUNCTION pg_temp.act(p_action text, p_args jsonb DEFAULT '{}')
RETURNS jsonb LANGUAGE sql AS $$
    SELECT slipway.admin_act(id, p_action, p_args) FROM slipway.users
    WHERE name = 'root'
$$;
SELECT is(pg_temp.act('pause', '{"feature": "chat", "reason": "x"}'), '{}',
    'pause');
SELECT is((SELECT who || ' ' || what FROM slipway.audit LIMIT 1),
    'default/root pause created', '... in the admin''s name');
SELECT is(pg_temp.act('resume', '{"feature": "chat"}'), '{}', 'resume');
SELECT is(pg_temp.act('cap_set', '{"scope": "user", "name": "ann",
    "daily_usd": "1.50", "rpm": "none"}'), '{}', 'cap_set');
SELECT is((SELECT daily_cap_pico || ' ' || rpm FROM slipway.users
    WHERE name = 'ann'), '1500000000000 0', '... sets it');
SELECT is(pg_temp.act('cap_clear', '{"scope": "user", "name": "ann"}'), '{}',
    'cap_clear');
SELECT ok((pg_temp.act('key_create', jsonb_build_object('user', 'ann',
    'hash', repeat('0', 64), 'prefix', 'slw_x', 'label', 'l',
    'expires_days', '30')) ->> 'id')::bigint > 0, 'key_create');
SELECT is(pg_temp.act('key_revoke', jsonb_build_object('id', (
    SELECT id::text FROM slipway.api_keys WHERE prefix = 'slw_x'))) ? 'id',
    true, 'key_revoke');
SELECT is(pg_temp.act('user_create', '{"name": "new"}') ? 'id', true,
    'user_create');
SELECT is(pg_temp.act('user_disable', '{"user": "new"}'), '{}', 'user_disable');
SELECT is(pg_temp.act('user_enable', '{"user": "new"}'), '{}', 'user_enable');
SELECT is(pg_temp.act('user_role', '{"user": "new", "role": "admin"}'), '{}',
    'user_role');
SELECT throws_ok(format('SELECT pg_temp.act(%L, %L)', a, j), s, NULL,
    a || ' ' || j)
FROM (VALUES ('nosuch', '{}', 'SW002'), ('cap_set', '{"scope": "user",
        "name": "ann", "daily_usd": "-3"}', 'SW002'),
    ('cap_set', '{"scope": "user", "name": "ann"}', 'SW002'),
    ('cap_set', '{"scope": "user", "name": "ann", "rpm": "many"}', 'SW002'),
    ('key_revoke', '{}', 'SW002'),
    ('prompt_pin', '{"feature": "chat", "version": "v0"}', 'SW004'))
    AS x (a, j, s);
SELECT throws_ok($$ SELECT slipway.admin_act((SELECT id FROM slipway.users
    WHERE name = 'ann'), 'pause', '{}') $$, 'SW003');

-- prompts
SELECT is_empty($$ SELECT * FROM slipway.prompt_register('[
    {"feature": "chat", "version": "chat-1", "body": "Be brief."},
    {"feature": "chat", "version": "chat-2", "body": "Be <b>kind</b>."}]') $$,
    'prompts are kept; none is pinned');
SELECT is(pg_temp.act('prompt_pin', '{"feature": "chat",
    "version": "chat-1"}'), '{}', 'a pin');
SELECT is((SELECT concat_ws(' ', feature, version, body)
    FROM slipway.prompt_register('[]')), 'chat chat-1 Be brief.',
    '... reaches the workers');
SELECT is(pg_temp.act('prompt_unpin', '{"feature": "chat"}'), '{}', 'unpin');

-- one request
SELECT is(slipway.request_story('req_none'), NULL, 'no such request');
INSERT INTO slipway.prices (provider, model, valid_from, input_pico,
    cache_read_pico, cache_write_pico, cache_write_1h_pico, output_pico,
    source)
VALUES ('openai', 'gpt-5-mini', '2020-01-01', 10, 1, 2, 3, 20, 'test')
ON CONFLICT DO NOTHING;
UPDATE slipway.prices SET input_pico = 10, cache_read_pico = 1,
    cache_write_pico = 2, cache_write_1h_pico = 3, output_pico = 20
WHERE provider = 'openai' AND model = 'gpt-5-mini';
-- 10 x 10 + 2 x 1 + 3 x 2 + 4 x 3 + 30 x 20 = 720
SELECT is((SELECT concat_ws(' ', s #>> '{call,cost_usd}',
    s ->> 'cost_by_price_usd', s #>> '{attempts,0,result}', s #>> '{call,key}',
    s #>> '{call,prompt_version}', jsonb_array_length(s -> 'pauses'))
    FROM slipway.request_story('req_ann1') AS s),
    '0.000001000000 0.000000000720 ok sk-ann chat-1 2', 'its story');
SELECT is(slipway.request_story('req_ann3') #>> '{call,outcome}', 'in_flight',
    '... while it is under way');
SELECT * FROM finish();
ROLLBACK;
