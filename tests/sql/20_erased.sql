-- A person who deletes the account is in no table any more, and before that the
-- export has what every table says: both asked of each table that there is, so
-- that a new one cannot be forgotten.
BEGIN;
SELECT plan(10);
SELECT t.person('root', 'default', 'admin') \g /dev/null
-- whoever has this word in a row, has something of Zora
CREATE TEMP TABLE zora AS
SELECT slipway.user_create('default', 'zora', 'user') AS id;
SELECT slipway.key_create('zora', t.hash('zora'), 'slw_1') \g /dev/null
SELECT set_config('slipway.actor', 'default/zora', true) \g /dev/null
SELECT slipway.password_set('zora', '$argon2id$secret', 'zora@mail.example'),
    slipway.key_create('zora', t.hash('k2'), 'slw_x', 'label-of-zora'),
    slipway.waitlist_add('zora@mail.example', 'note-to-waitlist-of-zora'),
    slipway.session_open(1, (SELECT id FROM zora), t.hash('s'), 'password',
        'browser-of-zora', 86400000) \g /dev/null
SELECT set_config('slipway.actor', '', true) \g /dev/null
INSERT INTO slipway.identities (issuer, subject, tenant_id, user_id)
SELECT 'https://idp.example', 'subject-of-zora', 1, id FROM zora;
INSERT INTO slipway.mail_tokens (token_hash, purpose, tenant_id, user_id, email,
    expires_at)
SELECT sha256('m'), 'verify', 1, id, 'zora@mail.example',
    now() + interval '1 day'
FROM zora;
INSERT INTO slipway.invites (tenant_id, code_hash, email, note, expires_at,
    used_at, used_by)
SELECT 1, sha256('i1'), 'zora@mail.example', 'invited-zora',
    now() + interval '1 day', now(), id
FROM zora
UNION ALL
SELECT 1, sha256('i2'), 'ZORA@mail.example', 'invited-again-zora',
    now() + interval '1 day', NULL, NULL;
SELECT slipway.login_begin('Zora', '192.0.2.1', 9) \g /dev/null
INSERT INTO slipway.alerts (rule, subject, detail)
VALUES ('cap_warn', 'user default/zora', 'alert-about');
-- calls: one settled with all that may be kept, one superseded, one under way
SELECT t.verdict('zora', 'req_1'), t.verdict('zora', 'req_2'),
    t.verdict('zora', 'req_3', '{"lease_ms": 0}'), t.settle('req_1',
    '{"content": {"form": "full", "question": "question-of-zora",
    "answer": "answer-to-zora", "cut": false, "days": 30},
    "guards": [{"phase": "input", "kind": "email", "action": "redact", "n": 1,
    "us": 1}]}') \g /dev/null
SELECT slipway.reap(10), t.settle('req_3') \g /dev/null
SELECT slipway.feedback_put(1, id, 'req_1', 1, 'comment-of-zora', 'q', 'a'),
    slipway.stream_put(1, id, 'req_1', 0, 'stream-to-zora', true, 1000, 60000)
FROM zora \g /dev/null
INSERT INTO slipway.idempotency (tenant_id, user_id, idem_key, body_hash,
    request_id, status, content_type, body)
SELECT 1, id, sha256('k'), sha256('b'), 'req_1', 200, 'text/plain',
    'reply-to-zora'
FROM zora;
INSERT INTO slipway.agent_runs (tenant_id, run_id, user_id, feature, question,
    expires_at)
SELECT 1, 'run_1', id, 'agent', 'task-of-zora', now() + interval '1 day'
FROM zora;
INSERT INTO slipway.agent_steps (tenant_id, run_id, step, kind, status,
    request_id, content)
VALUES (1, 'run_1', 1, 'model', 'done', 'req_1', 'step-for-zora');

-- The ledger: numbers, under the number of a user.  Nothing else may stay.
CREATE TEMP TABLE ledger (name) AS VALUES ('users'), ('api_keys'),
    ('reservations'), ('llm_calls'), ('llm_calls_superseded'), ('rollup_days'),
    ('rollup_users'), ('rollup_weeks'), ('rollup_spans');
-- Of people who never signed up; they are nobody (anonymous) from the start.
CREATE TEMP TABLE other (name) AS VALUES ('visitors');
CREATE FUNCTION pg_temp.tables(p_column text DEFAULT NULL)
RETURNS SETOF text LANGUAGE sql AS $$
    SELECT c.relname::text
    FROM pg_class AS c
    WHERE c.relnamespace = 'slipway'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND (p_column IS NULL OR EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attname = p_column))
$$;
CREATE FUNCTION pg_temp.found(p_table text, p_where text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_rows bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM slipway.%I AS x WHERE %s', p_table,
        p_where) INTO v_rows;
    RETURN v_rows;
END;
$$;
CREATE FUNCTION pg_temp.of_user() RETURNS text LANGUAGE sql AS
$$ SELECT 'x.user_id = ' || id FROM zora $$;
CREATE TEMP TABLE word (sql) AS VALUES ($$x::text ILIKE '%zora%'$$);

-- before
SELECT is((SELECT string_agg(n, ' ' ORDER BY n)
    FROM pg_temp.tables('user_id') AS n
    WHERE n NOT IN (SELECT name FROM other UNION ALL VALUES ('rollup_days'),
            ('rollup_users'), ('rollup_weeks'), ('rollup_spans'))
        AND pg_temp.found(n, pg_temp.of_user()) = 0), NULL,
    'this test has a row in each table of users');
SELECT is((SELECT string_agg(n, ' ' ORDER BY n) FROM pg_temp.tables() AS n
    WHERE pg_temp.found(n, (SELECT sql FROM word)) > 0),
    'accounts agent_runs agent_steps alerts api_keys audit_log contents '
    'feedback idempotency identities invites mail_tokens sessions streams '
    'users waitlist', 'who knows of her by name or word');
CREATE TEMP TABLE exported AS
SELECT slipway.me_export(t.hash('s'))::text AS body;
SELECT is((SELECT string_agg(w, ' ') FROM unnest(ARRAY['zora@mail.example',
    'label-of-zora', 'note-to-waitlist-of-zora', 'browser-of-zora',
    'subject-of-zora', 'invited-zora', 'invited-again-zora', 'alert-about',
    'question-of-zora', 'answer-to-zora', 'comment-of-zora', 'stream-to-zora',
    'task-of-zora', 'step-for-zora', 'req_1', 'req_3',
    '"key created"', '"default/zora"']) AS w, exported AS e
    WHERE strpos(e.body, w) = 0), NULL, 'the export has all of it');
SELECT is((SELECT string_agg(w, ' ') FROM unnest(ARRAY['argon2id',
    t.hash('s'), t.hash('k2'), t.hash('i2')]) AS w, exported AS e
    WHERE strpos(e.body, w) > 0), NULL, '... and no secret');

-- after
CREATE TEMP TABLE sums AS
SELECT sum(settled) AS settled, sum(reserved) AS reserved, sum(calls) AS calls
FROM slipway.daily_spend;
SELECT slipway.me_delete(t.hash('s'), 'zora') \g /dev/null
SELECT is((SELECT string_agg(n, ' ' ORDER BY n) FROM pg_temp.tables() AS n
    WHERE pg_temp.found(n, (SELECT sql FROM word)) > 0), NULL,
    'no table has a word of her');
SELECT is((SELECT string_agg(n, ' ' ORDER BY n)
    FROM pg_temp.tables('user_id') AS n
    WHERE n NOT IN (SELECT name FROM ledger)
        AND pg_temp.found(n, pg_temp.of_user()) > 0), NULL,
    'and only the ledger has her number');
SELECT is((SELECT count(*) FROM slipway.login_attempts
    WHERE scope = 'account'), 0::bigint, 'nor what she tried to sign in with');
SELECT is((SELECT count(*) FROM slipway.llm_calls AS c, zora
    WHERE c.user_id = zora.id), 2::bigint, 'her calls are in the ledger');
SELECT is((SELECT (sum(settled), sum(reserved), sum(calls))::text
    FROM slipway.daily_spend), (SELECT (settled, reserved, calls)::text
    FROM sums), 'money that was spent does not go away');
SELECT is(t.settle('req_2') || t.faults(), 'settled0',
    'a call that was under way is settled, and the ledger is right');
SELECT * FROM finish();
ROLLBACK;
