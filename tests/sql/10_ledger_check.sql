-- ledger_check finds each fault that is planted, and names it.
BEGIN;
SELECT plan(24);
SELECT t.person('ann'), t.person('bob', 'acme') \g /dev/null
SELECT t.verdicts((SELECT jsonb_agg(t.call(k, 'req_' || k || g))
    FROM generate_series(1, 3) AS g, unnest('{ann,bob}'::text[]) AS k))
\g /dev/null
SELECT t.results((SELECT jsonb_agg(t.entry('req_' || k || g))
    FROM generate_series(1, 2) AS g, unnest('{ann,bob}'::text[]) AS k))
\g /dev/null
SELECT is_empty('SELECT * FROM slipway.ledger_check',
    'nothing is wrong, with calls settled and under way');

CREATE TEMP TABLE planted (n integer, sql text, fault text, hits integer);
INSERT INTO planted VALUES
    (1, $$ UPDATE slipway.daily_spend SET settled = settled + 1
        WHERE scope = 'user' AND tenant_id = 1 $$,
        'settled is not the sum of the calls', 1),
    (2, $$ UPDATE slipway.daily_spend SET reserved = reserved + 1
        WHERE scope = 'tenant' AND tenant_id = 1 $$,
        'reserved is not the sum of the reservations', 1),
    (3, $$ UPDATE slipway.daily_spend SET calls = calls + 1
        WHERE scope = 'system' $$, 'calls is not the number of calls', 1),
    (4, $$ DELETE FROM slipway.reservations WHERE request_id = 'req_ann3' $$,
        'reserved is not the sum of the reservations', 3),
    (5, $$ DELETE FROM slipway.llm_calls WHERE request_id = 'req_bob1' $$,
        'settled is not the sum of the calls', 3),
    (6, $$ DELETE FROM slipway.llm_calls WHERE request_id = 'req_bob1' $$,
        'an attempt without its call', 1),
    (7, $$ UPDATE slipway.llm_calls SET cost_pico = 1
        WHERE request_id = 'req_bob1' $$,
        'settled is not the sum of the calls', 3),
    (8, $$ DELETE FROM slipway.daily_spend WHERE scope = 'system' $$,
        'settled is not the sum of the calls', 1),
    (9, $$ ALTER TABLE slipway.daily_spend
            DROP CONSTRAINT daily_spend_reserved_check;
        UPDATE slipway.daily_spend SET reserved = -1
        WHERE scope = 'user' AND tenant_id = 1 $$, 'a sum is negative', 1),
    (10, $$ UPDATE slipway.reservations
        SET lease_until = now() - interval '121 s' $$,
        'a lease ended over 120 s ago and nobody reaped it', 2),
    (11, $$ UPDATE slipway.reservations SET request_id = 'req_ann1'
        WHERE request_id = 'req_ann3' $$,
        'a call is settled and still reserved', 1),
    (12, $$ UPDATE slipway.reservations SET user_id = 999999
        WHERE request_id = 'req_ann3' $$,
        'a reservation of an unknown user', 1),
    (13, $$ UPDATE slipway.llm_calls SET user_id = 999999
        WHERE request_id = 'req_ann1' $$, 'calls of an unknown user', 1),
    (14, $$ UPDATE slipway.llm_calls SET tenant_id = 2, user_id = 999999
        WHERE request_id = 'req_ann1' $$,
        'settled is not the sum of the calls', 4),
    (15, $$ INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day,
            settled, calls) VALUES (1, 'user', 888888, now()::date, 5, 1) $$,
        'settled is not the sum of the calls', 1);

CREATE FUNCTION pg_temp.plant(p_sql text, p_fault text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    v_hits integer;
BEGIN
    PERFORM set_config('slipway.janitor', 'on', true);
    BEGIN
        EXECUTE p_sql;
        SELECT count(*) INTO v_hits FROM slipway.ledger_check
        WHERE fault = p_fault;
        RAISE EXCEPTION USING ERRCODE = 'XXTST';
    EXCEPTION WHEN SQLSTATE 'XXTST' THEN
        RETURN v_hits;
    END;
END;
$$;
SELECT is(pg_temp.plant(sql, fault), hits, n || ': ' || fault)
FROM planted ORDER BY n;
SELECT is(t.faults(), 0::bigint, 'each was taken back');
SELECT is(pg_temp.plant($$ UPDATE slipway.reservations
    SET lease_until = now() - interval '119 s' $$,
    'a lease ended over 120 s ago and nobody reaped it'), 0,
    'the reaper has two minutes');

-- what a row says
UPDATE slipway.daily_spend SET settled = settled + 1000000
WHERE scope = 'user' AND tenant_id = 1;
SELECT results_eq($$
    SELECT fault, tenant_id, scope, scope_id, day, expected, actual
    FROM slipway.ledger_check
$$, $$
    SELECT 'settled is not the sum of the calls', 1::bigint,
        'user' COLLATE "C", (SELECT id FROM slipway.users WHERE name = 'ann'),
        (now() AT TIME ZONE 'UTC')::date, 0.0000000008, 0.0000010008
$$, 'a fault says where it is, and how much, in dollars');
UPDATE slipway.daily_spend SET settled = settled - 1000000
WHERE scope = 'user' AND tenant_id = 1;

-- days beyond the horizon are not compared, the horizon's own is
UPDATE slipway.ledger_horizon
SET kept_from = (now() AT TIME ZONE 'UTC')::date + 1;
SELECT is(pg_temp.plant($$ UPDATE slipway.daily_spend
    SET settled = settled + 1 $$, 'settled is not the sum of the calls'), 0,
    'before the horizon nothing is compared');
UPDATE slipway.ledger_horizon
SET kept_from = (now() AT TIME ZONE 'UTC')::date;
SELECT is(pg_temp.plant($$ UPDATE slipway.daily_spend
    SET settled = settled + 1 WHERE scope <> 'system' $$,
    'settled is not the sum of the calls'), 4,
    'from the horizon on it is');
SELECT is(pg_temp.plant($$ UPDATE slipway.daily_spend
    SET settled = settled + 1 WHERE scope = 'system' $$,
    'settled is not the sum of the calls'), 0,
    '... for the system from the next day on');
UPDATE slipway.ledger_horizon
SET kept_from = (now() AT TIME ZONE 'UTC')::date - 1;
SELECT is(pg_temp.plant($$ UPDATE slipway.daily_spend
    SET settled = settled + 1 WHERE scope = 'system' $$,
    'settled is not the sum of the calls'), 1, '... which is today');
SELECT is(t.faults(), 0::bigint, 'nothing is wrong at the end');
SELECT * FROM finish();
ROLLBACK;
