-- Rights: the worker calls functions, finance reads views, and that is all.
BEGIN;
SELECT plan(33);
SELECT t.person('ann') \g /dev/null
GRANT USAGE ON SCHEMA t TO slipway_app, slipway_admin, slipway_finance;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA t
    TO slipway_app, slipway_admin, slipway_finance;

SELECT ok(NOT rolcanlogin, rolname || ' cannot log in') FROM pg_roles
WHERE rolname IN ('slipway_app', 'slipway_admin', 'slipway_finance')
ORDER BY rolname;
SELECT is_empty($$
    SELECT r.rolname, c.relname FROM pg_class AS c
    CROSS JOIN (VALUES ('slipway_app'), ('slipway_admin'),
        ('slipway_finance'), ('public')) AS r (rolname)
    WHERE c.relnamespace = 'slipway'::regnamespace
        AND c.relkind IN ('r', 'p')
        AND has_table_privilege(r.rolname, c.oid,
            'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
$$, 'nobody has a right on a table');
SELECT is_empty($$
    SELECT r.rolname, c.relname FROM pg_class AS c
    CROSS JOIN (VALUES ('slipway_app'), ('slipway_finance'),
        ('slipway_admin')) AS r (rolname)
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind = 'v'
        AND has_table_privilege(r.rolname, c.oid, 'SELECT')
            <> (r.rolname <> 'slipway_app')
$$, 'finance and admin read every view, the worker none');
SELECT is_empty($$
    SELECT c.relname FROM pg_class AS c
    CROSS JOIN (VALUES ('slipway_app'), ('slipway_finance'),
        ('slipway_admin')) AS r (rolname)
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind = 'v'
        AND has_table_privilege(r.rolname, c.oid, 'INSERT, UPDATE, DELETE')
$$, 'nobody writes through a view');
SELECT is_empty($$
    SELECT r.rolname FROM (VALUES ('slipway_app'), ('slipway_finance'),
        ('slipway_admin')) AS r (rolname)
    WHERE has_schema_privilege(r.rolname, 'slipway', 'CREATE')
$$, 'nobody makes objects');
SELECT results_eq($$
    SELECT p.proname::text COLLATE "default" FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace
        AND has_function_privilege('slipway_app', p.oid, 'EXECUTE')
    ORDER BY 1
$$, $$
    VALUES ('account_register'), ('admit'), ('agent_ask'), ('agent_claim'),
        ('agent_decide'), ('agent_end'), ('agent_list'), ('agent_may'),
        ('agent_run'), ('agent_said'), ('agent_start'), ('agent_step_set'),
        ('agent_steps'), ('agent_stop'), ('agent_wanted'), ('attempt_count'),
        ('breaker_claim'), ('breaker_fail'), ('breaker_ok'), ('docs_search'),
        ('feedback_put'), ('fetched_get'), ('fetched_put'),
        ('idempotency_begin'), ('idempotency_drop'), ('internal_caller'),
        ('key_check'), ('key_models'), ('lease_renew'), ('login_begin'),
        ('login_succeeded'), ('mail_token_make'), ('mail_token_use'), ('me'),
        ('me_delete'), ('me_export'), ('me_key_create'), ('me_password'),
        ('me_revoke'), ('metrics'), ('oidc_account'), ('oidc_begin'),
        ('oidc_take'), ('outgoing_take'), ('password_renew'),
        ('prices_current'), ('probe_claim'), ('probe_note'),
        ('prompt_register'), ('provider_health'), ('provider_recovered'),
        ('quota_note'), ('reap'),
        ('schema_version'), ('session_end'), ('session_open'),
        ('session_rotate'), ('settle'), ('signing_key'), ('status_facts'),
        ('status_page'), ('status_record'), ('stream_put'), ('stream_read'),
        ('stream_stop'), ('upstream_state'), ('visitor_open'),
        ('visitor_take'), ('waitlist_add')
$$, 'the worker may call these and no other');
SELECT results_eq($$
    SELECT p.proname::text COLLATE "default" FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace
        AND has_function_privilege('slipway_finance', p.oid, 'EXECUTE')
$$, $$ VALUES ('schema_version') $$, 'finance may call this one');
SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'slipway'::regnamespace AND NOT p.prosecdef
        AND (has_function_privilege('slipway_app', p.oid, 'EXECUTE')
            OR has_function_privilege('slipway_admin', p.oid, 'EXECUTE'))
$$, 'whatever a role may call runs as its owner');

-- in deed
SET LOCAL ROLE slipway_app;
SELECT is(t.verdict('ann', 'req_1'), 'ok', 'the worker admits');
SELECT is(t.settle('req_1'), 'settled', '... settles');
SELECT is(slipway.reap(10), 0, '... reaps');
SELECT is((SELECT verdict FROM slipway.key_check(t.hash('ann'),
    t.defaults())), 'ok', '... checks a key');
SELECT lives_ok('SELECT * FROM slipway.prices_current()', '... reads prices');
SELECT lives_ok('SELECT * FROM slipway.provider_health(15)',
    '... and health');
SELECT throws_ok('SELECT * FROM slipway.' || x, '42501', NULL,
    'the worker cannot read ' || x)
FROM unnest('{api_keys,users,daily_spend,llm_calls,prices,reservations,
    cost_by_day}'::text[]) AS x;
SELECT throws_ok('SELECT slipway.key_create(''ann'', repeat(''0'', 64), ''x'')',
    '42501', NULL, '... nor make a key');
SELECT throws_ok('SELECT slipway.janitor(3, 1)', '42501', NULL,
    '... nor drop a day');

SET LOCAL ROLE slipway_finance;
SELECT lives_ok('SELECT * FROM slipway.' || x, 'finance reads ' || x)
FROM unnest('{cost_by_day,ledger_check}'::text[]) AS x;
SELECT throws_ok('SELECT * FROM slipway.llm_calls', '42501', NULL,
    '... and no table');
SELECT throws_ok('SELECT slipway.settle(''[]'')', '42501', NULL,
    '... and settles nothing');

SET LOCAL ROLE slipway_admin;
SELECT lives_ok($$ SELECT slipway.user_create(NULL, 'new') $$,
    'the administrator makes users');
SELECT is((SELECT cost_usd FROM slipway.cost_by_day), 0.0000000004,
    '... and reads the reports');
RESET ROLE;

-- time limits reach those who log in
CREATE ROLE t_worker LOGIN IN ROLE slipway_app;
CREATE ROLE t_finance LOGIN IN ROLE slipway_finance;
SELECT cmp_ok(slipway.role_limits_apply(), '>=', 7, 'settings are made');
SELECT results_eq($$
    SELECT r.rolname::text COLLATE "default", c.setting COLLATE "default"
    FROM pg_db_role_setting AS s
    JOIN pg_roles AS r ON r.oid = s.setrole
    CROSS JOIN unnest(s.setconfig) AS c (setting)
    WHERE r.rolname LIKE 't\_%' ORDER BY 1, 2
$$, $$
    VALUES ('t_finance', 'default_transaction_read_only=on'),
        ('t_finance', 'hash_mem_multiplier=4'),
        ('t_finance', 'idle_in_transaction_session_timeout=1min'),
        ('t_finance', 'jit=off'),
        ('t_finance', 'lock_timeout=5s'),
        ('t_finance', 'statement_timeout=5min'),
        ('t_finance', 'work_mem=16MB'),
        ('t_worker', 'idle_in_transaction_session_timeout=10s'),
        ('t_worker', 'lock_timeout=5s'),
        ('t_worker', 'statement_timeout=10s')
$$, 'for the login roles of a site');
SELECT * FROM finish();
ROLLBACK;
