-- Alerts: each rule, raised once and resolved once; the outbox.
BEGIN;
SELECT plan(43);

CREATE FUNCTION t.settings(p_over jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT '{"window_minutes": 5, "min_calls": 4, "error_rate": 250000,
        "latency_p95_ms": 30000, "ttft_p95_ms": 800, "error_budget": 1000,
        "budget_burn": 14, "fallback_minutes": 15, "fallback_share": 50000,
        "cost_spike_pico": 1000000000000, "cost_spike_times": 3,
        "system_daily_pico": 50000000000000,
        "tenant_daily_pico": 20000000000000,
        "user_daily_pico": 1000000000000, "user_caps": false,
        "cap_warn": 800000, "cap_reached": 980000, "reservation_minutes": 10,
        "quota": 800000, "probe_ms": 120000, "ledger_ms": 0,
        "resolve_ms": 0, "repeat_ms": 0}'::jsonb || p_over
$$;
-- One run a little later: now() stands still in a transaction, so alerts are
-- made older instead.
CREATE FUNCTION t.run(p_over jsonb DEFAULT '{}', p_extra jsonb DEFAULT '[]',
    p_channels text[] DEFAULT '{webhook}')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    UPDATE slipway.alerts SET seen_at = seen_at - interval '1 minute',
        raised_at = raised_at - interval '1 minute',
        told_at = told_at - interval '1 minute',
        clear_since = clear_since - interval '1 minute';
    UPDATE slipway.alert_checks SET checked_at = checked_at
        - interval '1 minute';
    SELECT * INTO r FROM slipway.alert_run(t.settings(p_over), p_extra,
        p_channels);
    RETURN format('%s %s %s %s', r.raised, r.reminded, r.resolved, r.open);
END;
$$;
CREATE FUNCTION t.raised() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(trim(rule || ' ' || subject), ', '
        ORDER BY rule, subject), '')
    FROM slipway.alerts WHERE resolved_at IS NULL
$$;
-- A request id of this moment, or of an earlier one.
CREATE FUNCTION t.id(p_tail text, p_ago interval DEFAULT '0') RETURNS text
LANGUAGE sql AS $$
    SELECT 'req_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
        ((t.ms >> 5 * i) & 31)::integer + 1, 1), '' ORDER BY i DESC) || p_tail
    FROM generate_series(0, 9) AS i,
        (SELECT (extract(epoch FROM now() - p_ago) * 1000)::bigint AS ms) AS t
$$;
SELECT t.person('ann'), t.person('eve', 'acme') \g /dev/null
CREATE FUNCTION t.made(p_n integer, p_over jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_id text;
BEGIN
    FOR i IN 1..p_n LOOP
        v_id := t.id(replace(gen_random_uuid()::text, '-', ''));
        PERFORM t.admit('ann', v_id);
        PERFORM t.results(jsonb_build_array(t.entry(v_id,
            '{"cost_pico": 0, "ttft_ms": 10, "latency_ms": 20}'
                || p_over)));
    END LOOP;
END;
$$;

SELECT is(t.run(), '0 0 0 0', 'a quiet service');
SELECT t.made(2, '{"error": "upstream_error", "outcome": "failed"}'),
    t.made(1, '{"error": "not_asked", "outcome": "failed"}') \g /dev/null
SELECT is(t.run(), '0 0 0 0', 'three failures are too few to say');
SELECT t.made(1, '{}') \g /dev/null
SELECT is(t.run(), '2 0 0 2', 'three of four');
SELECT is(t.raised(), 'budget_burn, error_rate', 'errors');
SELECT is((SELECT detail FROM slipway.alerts WHERE rule = 'error_rate'),
    '3 of 4 calls failed in the last 5 minutes (75.0 %)', 'in words');
SELECT is(t.run(), '0 0 0 2', 'they are raised once');
SELECT t.made(20, '{}') \g /dev/null
SELECT is(t.run('{"budget_burn": 1000}'), '0 0 2 0', 'and resolved once');
SELECT is(t.run('{"budget_burn": 1000}'), '0 0 0 0', 'and stay so');
SELECT is((SELECT string_agg(kind, ' ' ORDER BY id) FROM slipway.alert_outbox
    WHERE alert_id = (SELECT min(id) FROM slipway.alerts)), 'raised resolved',
    'a message for each');

SELECT is(t.run('{"budget_burn": 1000, "resolve_ms": 90000}',
    '[{"rule": "x", "subject": "s", "detail": "d"}]'), '1 0 0 1',
    'what the caller saw');
SELECT is(t.run('{"budget_burn": 1000, "resolve_ms": 90000}'), '0 0 0 1',
    'not resolved at once');
SELECT is(t.run('{"budget_burn": 1000, "resolve_ms": 90000}',
    '[{"rule": "x", "subject": "s", "detail": "d2"}]'), '0 0 0 1',
    'it flaps: nobody is told');
SELECT is(t.run('{"budget_burn": 1000, "repeat_ms": 60000}',
    '[{"rule": "x", "subject": "s", "detail": "d3"}]'), '0 1 0 1',
    'a reminder, when wanted');
SELECT t.run('{"budget_burn": 1000}') \g /dev/null
SELECT is(t.raised(), '', 'resolved');

-- each of the others, alone
CREATE FUNCTION t.only(p_over jsonb DEFAULT '{}') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_raised text;
BEGIN
    PERFORM t.run('{"budget_burn": 1000}' || p_over);
    v_raised := t.raised();
    RETURN v_raised;
END;
$$;
SELECT is(t.only('{"ttft_p95_ms": 9}'), 'ttft_p95', 'time to the first words');
SELECT is(t.only('{"latency_p95_ms": 19}'), 'latency_p95', 'latency');
SELECT is(t.only(), '', 'within the limits');
SELECT t.made(2, '{"fallback_tier": 1}') \g /dev/null
SELECT is(t.only(), 'fallback_share', 'fallbacks, over 5 %');
SELECT is(t.only('{"fallback_share": 80000}'), '', 'not over 8 %');
SELECT t.made(1, '{"cost_pico": 900}') \g /dev/null
SELECT is(t.only('{"fallback_share": 80000, "cost_spike_pico": 900}'),
    'cost_spike', 'a cost spike');
INSERT INTO slipway.daily_spend (tenant_id, scope, scope_id, day, settled)
VALUES (0, 'system', 0, (now() AT TIME ZONE 'UTC')::date - 1, 7 * 24 * 301);
SELECT is(t.only('{"fallback_share": 80000, "cost_spike_pico": 900,
    "ledger_ms": 3600000}'), '', 'three times the usual is not reached');
DELETE FROM slipway.daily_spend WHERE calls = 0;
SELECT is(t.only('{"fallback_share": 80000, "system_daily_pico": 1100}'),
    'cap_warn system', 'over 80 % of the budget');
SELECT is(t.only('{"fallback_share": 80000, "tenant_daily_pico": 918}'),
    'cap_reached tenant default, cap_warn tenant default', 'all of it');
SELECT is(t.only('{"fallback_share": 80000, "user_daily_pico": 1000,
    "user_caps": true}'), 'cap_warn user default/ann', 'of a user');
SELECT is(t.only('{"fallback_share": 80000, "user_daily_pico": 1000}'), '',
    'only when wanted');
SELECT t.made(1, '{"cost_pico": 5000}') \g /dev/null
SELECT is(t.only('{"fallback_share": 80000}'), 'over_reservation',
    'a call that cost more than its reservation');
SELECT t.admit('ann', t.id('old')) \g /dev/null
UPDATE slipway.reservations SET created_at = now() - interval '11 minutes';
SELECT is(t.only('{"fallback_share": 80000}'),
    'old_reservations, over_reservation', 'an old reservation');
DELETE FROM slipway.reservations;
SELECT is(t.only('{"fallback_share": 80000}'),
    'ledger_check, over_reservation', 'a fault of the ledger');
UPDATE slipway.daily_spend SET reserved = 0;
DELETE FROM slipway.daily_spend WHERE calls = 0;
SELECT is(t.only('{"fallback_share": 80000, "ledger_ms": 3600000}'),
    'ledger_check, over_reservation', 'it is not looked at all the time');
SELECT is(t.only('{"fallback_share": 80000}'), 'over_reservation',
    'it is whole again');
SELECT slipway.breaker_fail('openai/a', 5, 5, 1000, 'upstream_error')
\g /dev/null
SELECT is(t.only('{"fallback_share": 80000}'),
    'breaker_open openai/a, over_reservation', 'a breaker is open');
SELECT slipway.breaker_ok('openai/a') \g /dev/null
INSERT INTO slipway.provider_quotas (provider, limit_tokens, remaining_tokens,
    limit_requests, remaining_requests)
VALUES ('openai', 1000, 200, 10, 9);
SELECT is(t.only('{"fallback_share": 80000}'),
    'over_reservation, quota openai', '80 % of the tokens');
UPDATE slipway.provider_quotas SET remaining_tokens = 201;
INSERT INTO slipway.status_spells (component, began_at, ended_at, state)
VALUES ('chat', now() - interval '3 minutes', now(), 'outage'),
    ('web', now() - interval '1 minute', now(), 'outage');
SELECT is(t.only('{"fallback_share": 80000}'), 'over_reservation, probe chat',
    'a part is down for longer than a moment');
UPDATE slipway.status_spells SET began_at = began_at - interval '1 hour',
    ended_at = ended_at - interval '11 minutes';
SELECT is(t.only('{"fallback_share": 80000}'),
    'over_reservation, probe_stale', 'nobody looks any more');

-- an hour later: what an hour was looked at for is over
CREATE FUNCTION t.later(p_ago interval) RETURNS void LANGUAGE sql AS $$
    SELECT set_config('slipway.janitor', 'on', true);
    UPDATE slipway.llm_calls SET created_at = created_at - p_ago,
        settled_at = settled_at - p_ago,
        request_id = t.id(substr(request_id, 15), p_ago);
    UPDATE slipway.llm_attempts
    SET request_id = t.id(substr(request_id, 15), p_ago);
    SELECT set_config('slipway.janitor', 'off', true);
$$;
SELECT t.later('59 minutes') \g /dev/null
SELECT is(t.only('{"fallback_share": 80000, "cost_spike_pico": 900}'),
    'cost_spike, over_reservation, probe_stale', '59 minutes later they stand');
SELECT t.later('61 minutes') \g /dev/null
SELECT is(t.only('{"fallback_share": 80000, "cost_spike_pico": 900}'),
    'probe_stale', 'after the hour a spike and a dear call are over');
SELECT is((SELECT string_agg(a.rule || ' ' || o.kind, ', ' ORDER BY a.rule)
    FROM slipway.alert_outbox AS o
    JOIN slipway.alerts AS a ON a.id = o.alert_id
    WHERE o.id > (SELECT max(id) - 2 FROM slipway.alert_outbox)),
    'cost_spike resolved, over_reservation resolved', '... and that is told');

-- the outbox
UPDATE slipway.alert_outbox SET sent_at = now();
SELECT t.run('{"budget_burn": 1000, "fallback_share": 80000}',
    '[{"rule": "y", "subject": "", "detail": "d"}]', '{webhook,mail}')
\g /dev/null
SELECT t.run('{"budget_burn": 1000, "fallback_share": 80000}', '[]',
    '{webhook,mail}') \g /dev/null
SELECT results_eq($$ SELECT channel, kind, attempts, rule
    FROM slipway.alert_take('{webhook}', 60000) $$,
    $$ VALUES ('webhook', 'raised', 1, 'y') $$, 'the oldest first');
SELECT is_empty($$ SELECT * FROM slipway.alert_take('{webhook}', 60000) $$,
    'not twice, and what is over waits for it');
SELECT is(slipway.alert_done((SELECT min(id) FROM slipway.alert_outbox
    WHERE sent_at IS NULL AND channel = 'webhook'), 'refused'), false,
    'it failed');
UPDATE slipway.alert_outbox SET next_try_at = now() - interval '1 s';
SELECT results_eq($$ SELECT kind, attempts
    FROM slipway.alert_take('{webhook}', 60000) $$,
    $$ VALUES ('raised', 2) $$, 'and is tried again');
SELECT is(slipway.alert_done((SELECT min(id) FROM slipway.alert_outbox
    WHERE sent_at IS NULL AND channel = 'webhook'), ''), true, 'it is sent');
SELECT results_eq($$ SELECT kind
    FROM slipway.alert_take('{webhook}', 60000) $$,
    $$ VALUES ('resolved') $$, 'then the next');

SELECT * FROM finish();
ROLLBACK;
