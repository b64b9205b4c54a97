-- What `slipway preflight` asks: who the workers are, what is made ahead, who
-- has no cap, what calls cost.
BEGIN;
SELECT plan(13);
SELECT t.person('ann'), t.person('eve', 'acme') \g /dev/null

SELECT is((SELECT row(f.role_is_superuser, f.role_is_owner)::text
    FROM slipway.preflight_facts('slipway_app') AS f), '(f,f)',
    'the role of the workers is neither superuser nor owner');
SELECT is((SELECT f.role_is_owner
    FROM slipway.preflight_facts((SELECT r.rolname::text
        FROM pg_namespace AS n JOIN pg_roles AS r ON r.oid = n.nspowner
        WHERE n.nspname = 'slipway')) AS f), true, 'the owner is known');
SELECT is((SELECT row(f.role_is_superuser, f.role_is_owner)::text
    FROM slipway.preflight_facts('nobody of this name') AS f), '(,)',
    'of an unknown role nothing is');
SELECT is((SELECT row(f.janitor_age_s, f.alerts_age_s)::text
    FROM slipway.preflight_facts(NULL) AS f), '(,)', 'no timer ran yet');
SELECT slipway.janitor(NULL, 14) \g /dev/null
INSERT INTO slipway.alert_checks (rule, checked_at)
VALUES ('alerts', now() - interval '90 s');
SELECT is((SELECT row(f.janitor_age_s, f.alerts_age_s)::text
    FROM slipway.preflight_facts(NULL) AS f), '(0,90)', '... now they did');
SELECT is((SELECT f.partitions_until FROM slipway.preflight_facts(NULL) AS f),
    (now() AT TIME ZONE 'UTC')::date + 14, 'partitions for two weeks');
SELECT ok((SELECT f.now_ms BETWEEN extract(epoch FROM now()) * 1000
        AND extract(epoch FROM now()) * 1000 + 60000
    FROM slipway.preflight_facts(NULL) AS f), 'the clock');

SELECT is((SELECT row(f.paused, f.uncapped, f.overdue, f.ledger_faults)::text
    FROM slipway.preflight_facts(NULL) AS f), '("","",0,0)',
    'nothing is paused, without a cap, overdue or wrong');
SELECT slipway.internal_caller('probe', 1000) \g /dev/null
SELECT slipway.pause_set('chat', true, 'x'),
    slipway.cap_set('user', 'ann', -1, NULL),
    slipway.cap_set('tenant', 'acme', -1, NULL) \g /dev/null
SELECT is((SELECT row(f.paused, f.uncapped)::text
    FROM slipway.preflight_facts(NULL) AS f),
    '(chat,"tenant acme, user ann")', 'what is, is named');
SELECT slipway.pause_set('chat', false, NULL) \g /dev/null

SELECT is((SELECT row(f.calls, f.cost_pico, f.days)::text
    FROM slipway.preflight_facts(NULL) AS f), '(0,0,1)', 'no call yet');
SELECT t.verdicts((SELECT jsonb_agg(t.call('ann', 'req_' || g))
    FROM generate_series(1, 3) AS g)) \g /dev/null
SELECT t.results(jsonb_build_array(
    t.entry('req_1', '{"cost_pico": 100}'),
    t.entry('req_2', '{"cost_pico": 200}'),
    t.entry('req_3', '{"cost_pico": 0}'))) \g /dev/null
SELECT is((SELECT row(f.calls, f.cost_pico, f.days)::text
    FROM slipway.preflight_facts(NULL) AS f), '(2,300,1)',
    'calls that cost something');
SELECT ok(NOT has_function_privilege('slipway_app',
    'slipway.preflight_facts(text)', 'EXECUTE'), 'the worker may not ask');
SELECT ok(has_function_privilege('slipway_admin',
    'slipway.preflight_facts(text)', 'EXECUTE'), 'the administrator may');

SELECT * FROM finish();
ROLLBACK;
