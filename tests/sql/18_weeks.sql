-- Reports by user and key read whole weeks where there are any, and the last 30
-- days and the month in one piece: they say the same as from days alone,
-- whatever the time, and also after changes.
BEGIN;
SELECT plan(19);
SELECT t.person('ann'), t.person('bob'), t.person('eve', 'acme') \g /dev/null
UPDATE slipway.tenants SET timezone = 'Pacific/Auckland' WHERE name = 'acme';
SELECT setseed(0.5) \g /dev/null
INSERT INTO slipway.llm_calls (tenant_id, request_id, day, system_day, user_id,
    key_id, feature, created_at, outcome, basis, cost_pico, reserved_pico,
    over_reservation, input_tokens, cache_read_tokens, cache_write_tokens,
    cache_write_1h_tokens, output_tokens, reasoning_tokens, model_route,
    prompt_version, trace_id, stream, fallback_tier, ttft_ms, latency_ms)
SELECT u.tenant_id, 'req_' || lpad(g::text, 26, '0'),
    (x.at AT TIME ZONE ten.timezone)::date, (x.at AT TIME ZONE 'UTC')::date,
    u.id, a.id, (ARRAY['chat', 'docs'])[1 + g / 3 % 2], x.at, 'done',
    CASE WHEN g % 5 = 0 THEN 'partial' ELSE 'provider_usage' END,
    (random() * 1e9)::bigint, 1000, false, g % 97, g % 7, g % 5, g % 3, g % 89,
    0, 'openai/a', 'chat-1', '', true, 0, 1, 2
FROM generate_series(1, 900) AS g
CROSS JOIN LATERAL (SELECT now() - g * interval '1 h' AS at) AS x
JOIN slipway.users AS u ON u.name = (ARRAY['ann', 'bob', 'eve'])[1 + g % 3]
JOIN slipway.tenants AS ten ON ten.id = u.tenant_id
JOIN slipway.api_keys AS a ON a.user_id = u.id;

CREATE FUNCTION pg_temp.run(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE v text;
BEGIN
    EXECUTE 'SELECT md5(string_agg(q::text, E''\n'')) FROM (' || p_sql
        || ') AS q' INTO v;
    RETURN v;
END;
$$;
-- each report over all kinds of times, one line
CREATE FUNCTION pg_temp.seen(p_filter jsonb DEFAULT '{}') RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(pg_temp.run(slipway.report_sql(r.name, p_filter
        || jsonb_build_object('from', d.today - f.ago, 'until',
            d.today - u.ago))), ' ' ORDER BY r.name, f.ago, u.ago)
    FROM unnest('{cost_by_user,cost_by_user_feature,cost_by_key}'::text[])
            AS r (name),
        (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS d,
        generate_series(0, 29) AS f (ago), (VALUES (0), (3), (9)) AS u (ago)
    WHERE f.ago >= u.ago
$$;
CREATE TEMP TABLE wanted AS
SELECT f, pg_temp.seen(f) AS seen
FROM (VALUES ('{}'::jsonb), ('{"tenant": "acme"}'), ('{"user": "bob"}'),
    ('{"feature": "docs", "key": "sk-ann"}')) AS x (f);
SELECT doesnt_match(slipway.report_sql('cost_by_user', '{"from": "2020-01-01"}'),
    'usage_by_week', 'no rollups, no weeks');
SELECT slipway.rollup() \g /dev/null
SELECT matches(slipway.report_sql('cost_by_user', '{"from": "2020-01-01"}'),
    'usage_by_week', 'a long time is read by weeks');
SELECT doesnt_match(slipway.report_sql('cost_by_user', jsonb_build_object(
    'from', (now() AT TIME ZONE 'UTC')::date)), 'usage_by_week', 'a day is not');
SELECT cmp_ok((SELECT count(DISTINCT week) FROM slipway.rollup_weeks), '>=',
    4::bigint, 'four whole weeks at least');
SELECT is_empty('SELECT FROM slipway.rollup_check', 'they are right');
SELECT is(pg_temp.seen(f), seen, 'the same as from the calls: ' || f::text)
FROM wanted;
SELECT slipway.rollup() \g /dev/null
SELECT is_empty('SELECT FROM slipway.rollup_check', 'once each');

-- changed by hand in the middle of a week that is over
SET LOCAL slipway.janitor = 'on';
UPDATE slipway.llm_calls SET cost_pico = cost_pico + 1
WHERE request_id = 'req_' || lpad('400', 26, '0');
SELECT slipway.rollup(now() - interval '401 h') \g /dev/null
SELECT is_empty('SELECT FROM slipway.rollup_check', 'made anew with its day');
SELECT is((SELECT sum(cost_pico) FROM slipway.rollup_weeks),
    (SELECT sum(u.cost_pico) FROM slipway.rollup_users AS u,
        slipway.rollup_state AS s WHERE u.utc_day < s.weeks_until),
    '... to the pico-dollar');
UPDATE slipway.rollup_weeks SET calls = calls + 1
WHERE ctid = (SELECT min(ctid) FROM slipway.rollup_weeks);
SELECT is((SELECT calls_by_week - calls_by_user FROM slipway.rollup_check),
    1::numeric, 'rollup_check sees a week that is wrong');
SELECT slipway.rollup(now() - interval '899 h') \g /dev/null
SELECT is_empty('SELECT FROM slipway.rollup_check', 'and it is made anew');

-- in one piece
CREATE TEMP TABLE spans AS
SELECT sql, pg_temp.run(sql) AS seen
FROM (
    SELECT slipway.report_sql('cost_by_user', jsonb_build_object('from', s.day,
        'until', (now() AT TIME ZONE 'UTC')::date)) AS sql
    FROM (
        SELECT spans_until - 29 AS day FROM slipway.rollup_state
        UNION
        SELECT date_trunc('month', spans_until)::date FROM slipway.rollup_state
    ) AS s
) AS q;
SELECT matches((SELECT min(sql) FROM spans), 'usage_by_span',
    'the last days are read in one piece');
SELECT is_empty($$
    SELECT from_day FROM slipway.rollup_spans
    WHERE until_day <> (SELECT spans_until - 1 FROM slipway.rollup_state)
$$, 'up to yesterday');
UPDATE slipway.rollup_spans SET cost_pico = cost_pico + 1
WHERE ctid = (SELECT min(ctid) FROM slipway.rollup_spans);
SELECT is((SELECT count(*) FROM slipway.rollup_check), 1::bigint,
    'rollup_check sees a span that is wrong');
-- on another day it is another one (not the next: a month that began a day off
-- the 30 days would stand in its way)
UPDATE slipway.rollup_spans SET from_day = from_day + 100,
    until_day = until_day + 100;
SELECT is_empty($$
    SELECT sql FROM spans WHERE pg_temp.run(sql) <> seen
$$, 'a text of today says the same when that piece is gone');
UPDATE slipway.rollup_state SET spans_until = '-infinity';
SELECT slipway.rollup() \g /dev/null
SELECT is_empty('SELECT FROM slipway.rollup_check', 'it is made anew each day');
SELECT * FROM finish();
ROLLBACK;
