-- Days: time zones, the partitions of the calls, retention.
BEGIN;
SELECT plan(35);

-- The days of these two never agree.
SELECT slipway.tenant_create('east', 'Pacific/Kiritimati'),
    slipway.tenant_create('west', 'Etc/GMT+12') \g /dev/null
SELECT t.person('kim', 'east'), t.person('lou', 'west'), t.person('ann')
\g /dev/null
SELECT is(t.verdicts(jsonb_build_array(t.call('kim', 'req_e'),
    t.call('lou', 'req_w'), t.call('ann', 'req_u'))), 'ok ok ok',
    'calls of three time zones');
SELECT results_eq($$
    SELECT request_id COLLATE "default", day, system_day
    FROM slipway.reservations ORDER BY 1
$$, $$
    VALUES ('req_e', (now() AT TIME ZONE 'Pacific/Kiritimati')::date,
            (now() AT TIME ZONE 'UTC')::date),
        ('req_u', (now() AT TIME ZONE 'UTC')::date,
            (now() AT TIME ZONE 'UTC')::date),
        ('req_w', (now() AT TIME ZONE 'Etc/GMT+12')::date,
            (now() AT TIME ZONE 'UTC')::date)
$$, 'each is charged to its tenant''s day');
SELECT is(to_timestamp((t.admit('kim', 'req_e') -> 'reset_ms')::bigint / 1000)
    AT TIME ZONE 'Pacific/Kiritimati',
    date_trunc('day', now() AT TIME ZONE 'Pacific/Kiritimati')
        + interval '1 day', 'and its caps reset at that tenant''s midnight');
SELECT is(to_timestamp((t.admit('kim', 'req_e2', '{}',
    '{"system_daily_pico": 0}') -> 'reset_ms')::bigint / 1000)
    AT TIME ZONE 'UTC',
    date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day',
    'the system''s at midnight UTC');
SELECT is(t.results(jsonb_build_array(t.entry('req_e'), t.entry('req_w'),
    t.entry('req_u'))), 'settled settled settled', 'settled');
SELECT results_eq($$
    SELECT scope, day, settled FROM slipway.daily_spend
    WHERE scope = 'tenant' ORDER BY day
$$, $$
    VALUES ('tenant' COLLATE "C",
            (now() AT TIME ZONE 'Etc/GMT+12')::date, 400::bigint),
        ('tenant', (now() AT TIME ZONE 'UTC')::date, 400),
        ('tenant', (now() AT TIME ZONE 'Pacific/Kiritimati')::date, 400)
    ORDER BY 2
$$, 'in three days');
SELECT is(t.faults(), 0::bigint, 'and the ledger is right');

-- A new day has a new budget.
SELECT is(t.verdict('ann', 'req_1', '{}', '{"user_daily_pico": 1400}'), 'ok',
    'today''s budget');
SELECT is(t.verdict('ann', 'req_2', '{}', '{"user_daily_pico": 1400}'),
    'user_cap', '... is used up');
SELECT slipway.tenant_timezone_set('default', z.name)
FROM (VALUES ('Pacific/Kiritimati'), ('Etc/GMT+12')) AS z (name)
WHERE (now() AT TIME ZONE z.name)::date <> (now() AT TIME ZONE 'UTC')::date
LIMIT 1 \g /dev/null
SELECT is(t.verdict('ann', 'req_2', '{}', '{"user_daily_pico": 1400}'), 'ok',
    'another day has its own');
SELECT is(t.results(jsonb_build_array(t.entry('req_1'), t.entry('req_2'))),
    'settled settled', 'a call of yesterday settles today');
SELECT is((SELECT count(DISTINCT day) FROM slipway.llm_calls
    WHERE request_id IN ('req_1', 'req_2')), 2::bigint,
    '... in the day that it was admitted');
SELECT is(t.faults(), 0::bigint, 'and the ledger is right');

-- partitions
SELECT is((SELECT tableoid::regclass::text FROM slipway.llm_calls
    WHERE request_id = 'req_e'), 'slipway.llm_calls' || to_char(
    now() AT TIME ZONE 'Pacific/Kiritimati', '_YYYYMMDD'),
    'a call stands in the partition of its day');
SELECT is((SELECT count(*) FROM slipway.janitor(NULL, 14)
    WHERE action = 'made'), 0::bigint, 'two weeks are there');
SELECT is((SELECT count(*) FROM slipway.janitor(NULL, 20)
    WHERE action = 'made'), 12::bigint, 'six more days, of two tables');
SELECT is((SELECT count(*) FROM slipway.janitor(NULL, 20)
    WHERE action = 'made'), 0::bigint, '... once');
SELECT has_table('slipway', 'llm_attempts' || to_char(
    now() AT TIME ZONE 'UTC' + interval '20 days', '_YYYYMMDD'),
    'the last of them');
SELECT is((SELECT count(*) FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indrelid
    WHERE c.relname = 'llm_calls' || to_char(now() AT TIME ZONE 'UTC'
        + interval '20 days', '_YYYYMMDD') AND i.indisvalid), 8::bigint,
    '... has its indexes');
SELECT throws_ok(format('UPDATE slipway.%I SET cost_pico = 0',
    'llm_calls' || to_char(now() AT TIME ZONE 'Etc/GMT+12', '_YYYYMMDD')),
    'SW003', NULL, '... and is append-only');

-- A day without a partition.
SELECT t.person('fay', 'far') \g /dev/null
SELECT is(t.verdicts(jsonb_build_array(t.call('fay', 'req_d1'),
    t.call('fay', 'req_d2'))), 'ok ok', 'two calls');
UPDATE slipway.reservations SET day = now()::date + 25
WHERE request_id IN ('req_d1', 'req_d2');
UPDATE slipway.daily_spend SET day = now()::date + 25
WHERE tenant_id = (SELECT id FROM slipway.tenants WHERE name = 'far');
SELECT is(t.results(jsonb_build_array(t.entry('req_d1'), t.entry('req_d2'))),
    'settled settled', 'a day without a partition loses no call');
SELECT is((SELECT count(*) FROM slipway.llm_calls_default), 2::bigint,
    '... it is in the default partition');
SELECT is(t.settle('req_d1'), 'duplicate', '... and is found there');
SELECT is(t.faults(), 0::bigint, '... which is no fault');
SELECT is((SELECT detail FROM slipway.janitor(NULL, 25)
    WHERE detail LIKE 'llm_calls%, 2 rows%'),
    'llm_calls' || to_char(now() + interval '25 days', '_YYYYMMDD')
    || ', 2 rows moved into it', 'the janitor moves it');
SELECT is((SELECT count(*) FROM slipway.llm_calls_default), 0::bigint,
    '... out of there');
SELECT is((SELECT count(*) FROM slipway.llm_attempts WHERE request_id
    IN ('req_d1', 'req_d2')), 2::bigint, '... with its attempts');
SELECT is(t.faults(), 0::bigint, 'and the ledger is right');

-- retention
SELECT throws_ok($$ SELECT slipway.janitor(2, 14) $$, 'SW002', NULL,
    'the days around today are kept');
CREATE TEMP TABLE kept AS SELECT count(*) AS n FROM slipway.daily_spend;
SELECT slipway.partition_create('llm_calls', now()::date - 10),
    slipway.partition_create('llm_attempts', now()::date - 10) \g /dev/null
UPDATE slipway.daily_spend SET day = now()::date - 10
WHERE tenant_id = (SELECT id FROM slipway.tenants WHERE name = 'west');
SET LOCAL slipway.janitor = 'on';
UPDATE slipway.llm_calls SET day = now()::date - 10
WHERE request_id = 'req_w';
UPDATE slipway.llm_attempts SET day = now()::date - 10
WHERE request_id = 'req_w';
SET LOCAL slipway.janitor = 'off';
SELECT bag_eq($$
    SELECT action, left(detail, 8) FROM slipway.janitor(5, 14)
$$, $$
    VALUES ('dropped', 'llm_call'), ('dropped', 'llm_atte'),
        ('postponed', 'reaping,')
$$, 'days past retention are dropped');
SELECT is_empty($$
    SELECT FROM slipway.llm_calls WHERE request_id = 'req_w'
$$, '... with their calls');
SELECT is((SELECT count(*) FROM slipway.daily_spend), (SELECT n FROM kept),
    '... the sums are kept');
SELECT is((SELECT kept_from FROM slipway.ledger_horizon),
    (now() AT TIME ZONE 'UTC')::date - 5, '... the horizon moves');
SELECT is_empty($$
    SELECT * FROM slipway.ledger_check WHERE scope <> 'system'
$$, '... and no fault is seen beyond it');
SELECT * FROM finish();
ROLLBACK;
