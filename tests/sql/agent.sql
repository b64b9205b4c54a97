-- Runs of agents: who owns one, and that each step happens once.
BEGIN;
SELECT plan(45);

CREATE TEMP TABLE who AS
SELECT t.person('ann') AS ann, t.person('bob') AS bob,
    (SELECT id FROM slipway.tenants WHERE name = 'default') AS tenant;

-- What a statement gives, or the code of its error.
CREATE FUNCTION pg_temp.try(p_sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_out text;
BEGIN
    EXECUTE 'SELECT (' || p_sql || ')::text FROM who' INTO v_out;
    RETURN coalesce(v_out, 'null');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_out = PG_EXCEPTION_DETAIL;
    RETURN v_out;
END;
$$;
CREATE FUNCTION pg_temp.begin(p_run text, p_key text, p_question text)
RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('slipway.agent_start(tenant, ann, %L, %L,
        ''helper'', %L, ''w1'', 60000, 3600000)', p_run, p_key, p_question))
$$;

SELECT is(pg_temp.begin('run_1', 'k', 'Why?'), 'run_1', 'begins');
SELECT is(pg_temp.begin('run_2', 'k', 'Why?'), 'run_1', 'the same key');
SELECT is(pg_temp.begin('run_2', 'k', 'How?'), '',
    'the same key, another question');
SELECT is(pg_temp.begin('run_2', NULL, 'Why?'), 'run_2', 'no key');
SELECT is(pg_temp.begin('run_3', NULL, 'Why?'), 'run_3', 'no key, again');

SELECT is(pg_temp.try('slipway.agent_claim(tenant, bob, ''run_1'', ''w2'', 1)'),
    'not_found', 'not of another user');
SELECT is(pg_temp.try('slipway.agent_claim(tenant, ann, ''run_1'', ''w2'', 1)'),
    'false', 'it has an owner');
SELECT is(pg_temp.try('(SELECT a.status FROM slipway.agent_run(tenant, bob, ''run_1'') AS a)'),
    'not_found', 'nobody else sees it');
SELECT is(pg_temp.try('(SELECT count(*) FROM slipway.agent_steps(tenant, bob, ''run_1''))'),
    '0', '... nor its steps');

SELECT is(pg_temp.try('slipway.agent_ask(tenant, ''run_1'', ''w2'', 60000, ''req_a'')'),
    'null', 'only its owner asks');
SELECT is(pg_temp.try('slipway.agent_ask(tenant, ''run_1'', ''w1'', 60000, ''req_a'')'),
    '1', 'asks');
SELECT pg_temp.try($$t.verdict('ann', 'req_a')$$) AS verdict \gset
SELECT is(pg_temp.try('(SELECT a.spent_pico FROM slipway.agent_run(tenant, ann, ''run_1'') AS a)'),
    '1000', 'what is set aside counts');
UPDATE slipway.agent_runs SET lease_until = now() - interval '1 s';
SELECT is(pg_temp.try('slipway.agent_claim(tenant, ann, ''run_1'', ''w2'', 1)'),
    'false', 'its call is under way');
SELECT t.settle('req_a') AS settled \gset
SELECT is(pg_temp.try('(SELECT a.spent_pico FROM slipway.agent_run(tenant, ann, ''run_1'') AS a)'),
    '400', 'then what it cost');
SELECT is(pg_temp.try('slipway.agent_claim(tenant, ann, ''run_1'', ''w2'', 1)'),
    'false', 'it was settled just now');
SELECT is(pg_temp.try($$slipway.agent_said(tenant, 'run_1', 'w1', 60000, 1, 'Hm.',
    '[{"id": "c1", "name": "order", "effect": "side_effect", "arguments": "{}"}]')$$),
    'true', 'it says something');
SELECT is(pg_temp.try($$slipway.agent_said(tenant, 'run_1', 'w1', 60000, 1, 'Hm.', '[]')$$),
    'false', '... once');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, ann, 'run_1', 2, true, 'w1', 1)$$),
    'invalid_request', 'nothing waits yet');
SELECT is(pg_temp.try($$slipway.agent_step_set(tenant, 'run_1', 'w1', 60000, 2, 'planned',
    'waiting', NULL)$$), 'true', 'waits');
SELECT is(pg_temp.try($$slipway.agent_end(tenant, 'run_1', 'w1', 'needs_confirmation', NULL,
    NULL, '')$$), 'true', '... without an owner');
SELECT is(pg_temp.try('slipway.agent_claim(tenant, ann, ''run_1'', ''w2'', 1)'),
    'false', 'nobody goes on with it');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, bob, 'run_1', 2, true, 'w2', 1)$$),
    'not_found', 'another user confirms nothing');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, ann, 'run_1', 2, true, 'w2', 60000)$$),
    'true', 'confirmed');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, ann, 'run_1', 2, true, 'w3', 60000)$$),
    'false', '... once');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, ann, 'run_1', 2, false, 'w3', 60000)$$),
    'invalid_request', '... and not taken back');
SELECT is(pg_temp.try($$slipway.agent_step_set(tenant, 'run_1', 'w2', 60000, 2, 'confirmed',
    'sent', NULL)$$), 'true', 'sent');
SELECT is(pg_temp.try($$slipway.agent_step_set(tenant, 'run_1', 'w2', 60000, 2, 'confirmed',
    'sent', NULL)$$), 'false', '... once');
UPDATE slipway.agent_runs SET lease_until = now() - interval '1 s';
SELECT is(pg_temp.try('slipway.agent_claim(tenant, ann, ''run_1'', ''w3'', 60000)'),
    'true', 'its owner died');
SELECT is((SELECT status FROM slipway.agent_steps WHERE run_id = 'run_1' AND step = 2),
    'unknown', 'what was sent is not known');
SELECT is(pg_temp.try($$slipway.agent_step_set(tenant, 'run_1', 'w2', 60000, 2, 'sent',
    'done', 'late')$$), 'false', 'the dead come too late');

-- Keys: all of a person's see the runs, but for those limited to other features.
CREATE FUNCTION pg_temp.list(p_who text, p_key text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('(SELECT string_agg(l.run_id, '' '' ORDER BY l.run_id)
        FROM slipway.agent_list(tenant, %s, t.hash(%L), 9) AS l)', p_who, p_key))
$$;
CREATE FUNCTION pg_temp.may(p_key text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('slipway.agent_may(tenant, ann, ''run_1'', t.hash(%L))', p_key))
$$;
SELECT is(pg_temp.list('ann', 'ann'), 'run_1 run_2 run_3', 'a list of one''s own');
SELECT is(pg_temp.list('bob', 'bob'), 'null', '... and of nobody else''s');
SELECT is(pg_temp.list('ann', 'bob'), 'null', '... with a key of one''s own');
SELECT is(pg_temp.may('ann'), 'true', 'a key may');
SELECT is(pg_temp.may('bob'), 'false', '... of this user only');
UPDATE slipway.api_keys SET features = '{chat}' WHERE user_id = (SELECT ann FROM who);
SELECT is(pg_temp.may('ann'), 'false', '... for this feature only');
SELECT is(pg_temp.list('ann', 'ann'), 'null', '... in the list, too');

-- Stopping.
SELECT is(pg_temp.try('slipway.agent_stop(tenant, bob, ''run_2'')'), 'not_found',
    'another user stops nothing');
SELECT is(pg_temp.try('slipway.agent_wanted(tenant, ''run_2'', ''w1'')'), 'true', 'wanted');
SELECT slipway.agent_stop(tenant, ann, 'run_2') FROM who;
SELECT is(pg_temp.try('slipway.agent_wanted(tenant, ''run_2'', ''w1'')'), 'false',
    'not any more');
SELECT is(pg_temp.try($$slipway.agent_end(tenant, 'run_2', 'w1', 'needs_confirmation', NULL,
    NULL, '')$$), 'true', 'lets go');
SELECT is((SELECT status FROM slipway.agent_runs WHERE run_id = 'run_2'), 'stopped',
    '... and it waits for nobody');
UPDATE slipway.agent_runs SET status = 'needs_confirmation', owner = NULL, lease_until = NULL
WHERE run_id = 'run_1';
UPDATE slipway.agent_steps SET status = 'waiting' WHERE run_id = 'run_1' AND step = 2;
SELECT slipway.agent_stop(tenant, ann, 'run_1') FROM who;
SELECT is((SELECT r.status || ' ' || s.status FROM slipway.agent_runs AS r
    JOIN slipway.agent_steps AS s USING (tenant_id, run_id)
    WHERE run_id = 'run_1' AND step = 2), 'stopped skipped', 'one that waits ends at once');
SELECT is(pg_temp.try($$slipway.agent_decide(tenant, ann, 'run_1', 2, true, 'w1', 1)$$),
    'invalid_request', 'a run that was stopped takes no decision');
SELECT is(pg_temp.try($$slipway.agent_end(tenant, 'run_3', 'w1', 'done', 'Yes.', NULL, '')$$),
    'true', 'done');

SELECT * FROM finish();
ROLLBACK;
