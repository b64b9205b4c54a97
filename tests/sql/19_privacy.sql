-- What the guard decided, what is kept of questions and answers, and how a
-- person gets at it and rid of it.
BEGIN;
SELECT plan(33);
CREATE TEMP TABLE made AS
SELECT t.person('root', 'default', 'admin') AS root, t.person('ann') AS ann,
    t.person('bob') AS bob \g /dev/null
CREATE FUNCTION pg_temp.spoke(p_user text, p_request text, p_content jsonb)
RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', t.verdict(p_user, p_request),
        t.settle(p_request, jsonb_build_object('content', p_content)))
$$;
CREATE FUNCTION pg_temp.kept(p_request text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('|', form, question, answer, cut)
    FROM slipway.contents WHERE request_id = p_request
$$;
CREATE FUNCTION pg_temp.guards(p_request text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', phase, kind, action, n, guard_us), ', '
        ORDER BY phase, kind, action)
    FROM slipway.llm_guards WHERE request_id = p_request
$$;

-- what the guard decided is written with the settlement
SELECT is(t.verdict('ann', 'req_g'), 'ok', 'admitted');
SELECT is(t.settle('req_g', '{"guards": [
    {"phase": "input", "kind": "email", "action": "redact", "n": 2, "us": 30},
    {"phase": "output", "kind": "card", "action": "block", "n": 1, "us": 0},
    {"phase": "output", "kind": "card", "action": "block", "n": 5, "us": 0},
    {"phase": "elsewhere", "kind": "card", "action": "block", "n": 1, "us": 0},
    {"phase": "input", "kind": "card", "action": "eat", "n": 1, "us": 0},
    {"phase": "input", "kind": "", "action": "redact", "n": 1, "us": 0},
    {"phase": "input", "kind": "ssn", "action": "redact", "n": 0, "us": 0},
    {"phase": "input", "kind": "ssn", "action": "redact", "n": "x", "us": 0},
    {"phase": "input", "kind": "iban", "action": "redact", "n": 1, "us": -1},
    {"phase": "input", "action": "redact", "n": 1, "us": 1}, 7, null]}'),
    'settled', 'nothing in guards stops a settlement');
SELECT is(pg_temp.guards('req_g'),
    'input email redact 2 30, output card block 1 0', 'what is right is kept');
SELECT is(t.settle('req_g', '{"guards": [{"phase": "input", "kind": "jwt",
    "action": "redact", "n": 1, "us": 1}]}'), 'duplicate', 'settled again');
SELECT is(pg_temp.guards('req_g'),
    'input email redact 2 30, output card block 1 0', '... changes nothing');
SELECT is((SELECT sum(settled) FROM slipway.daily_spend
    WHERE scope = 'system'), 400::numeric, '... and is charged once');
SELECT is(t.verdict('ann', 'req_h'), 'ok', 'admitted');
SELECT is(t.settle('req_h', '{"guards": {"phase": "input"}}'), 'settled',
    'guards that are no list');
SELECT is(jsonb_array_length(slipway.request_story('req_g') -> 'guard'), 2,
    'the story has them');

-- content is kept when an entry has some
SELECT is(pg_temp.spoke('ann', 'req_1', '{"form": "full", "question": "q €",
    "answer": "a \"", "cut": false, "days": 30}'), 'ok settled', 'in full');
SELECT is(pg_temp.kept('req_1'), 'full|q €|a "|f', '... as it was');
SELECT is((SELECT expires_at - created_at FROM slipway.contents
    WHERE request_id = 'req_1'), interval '30 days', '... for its days');
SELECT is(pg_temp.spoke('bob', 'req_2', '{"form": "hash", "question": "00",
    "cut": true, "days": 1}'), 'ok settled', 'hashed, without an answer');
SELECT is(pg_temp.kept('req_2'), 'hash|00||t', '... and cut');
SELECT is(pg_temp.spoke('ann', 'req_' || n, c::jsonb), 'ok settled', c)
FROM (VALUES (3, '{"form": "other", "question": "q", "answer": "a",
    "cut": false, "days": 30}'), (4, '{"form": "full", "question": "q",
    "days": 0}'), (5, '{"form": "full", "days": "soon"}'), (6, '"full"'))
    AS v (n, c);
SELECT is(t.settle('req_1', '{"content": {"form": "full", "question": "other",
    "days": 9}}'), 'duplicate', 'settled again');
SELECT is((SELECT string_agg(request_id, ' ' ORDER BY request_id)
    FROM slipway.contents), 'req_1 req_2', 'nothing else is kept');
SELECT is(slipway.request_story('req_1') -> 'content' ->> 'answer', 'a "',
    'the story has it');
SELECT is(slipway.request_story('req_g') -> 'content', 'null',
    '... where there is some');
UPDATE slipway.contents SET expires_at = now() WHERE request_id = 'req_2';
SELECT ok((SELECT bool_or(detail = 'questions and answers of 1 calls')
    FROM slipway.janitor(30)), 'the janitor says what it deletes');
SELECT is((SELECT string_agg(request_id, ' ') FROM slipway.contents),
    'req_1', '... and does');

-- export and purge
SELECT slipway.feedback_put(1, ann, 'req_1', -1, 'bad', 'q', 'a') FROM made
\g /dev/null
SELECT slipway.idempotency_begin(t.hash('ann'), t.hash('k'), t.hash('b'),
    'req_9', t.defaults()) \g /dev/null
SELECT is((SELECT concat_ws(' ', jsonb_array_length(x -> 'contents'),
    jsonb_array_length(x -> 'feedback'), jsonb_array_length(x -> 'answers'),
    jsonb_array_length(x -> 'keys'), jsonb_array_length(x -> 'calls'),
    x -> 'user' ->> 'name')
    FROM slipway.privacy_export('ann') AS x), '1 1 1 1 7 ann',
    'all that there is of a person');
SELECT is(slipway.privacy_purge('ann', false), '{"contents": 1, "feedback": 1,
    "idempotency": 1, "streams": 0, "sessions": 0, "left": "ann"}'::jsonb
    || CASE WHEN to_regclass('slipway.agent_runs') IS NULL THEN '{}'::jsonb
        ELSE '{"agent_runs": 0}' END, 'what was said, and no more');
SELECT is(t.verdict('ann', 'req_10'), 'ok', '... the key goes on');
SELECT throws_ok($$ SELECT slipway.privacy_purge('root', true) $$, 'SW002',
    'this is the last administrator; make another one first', 'somebody stays');
SELECT is(slipway.privacy_purge('ann', true) ->> 'left',
    (SELECT 'deleted-' || ann FROM made), 'the whole account');
SELECT is(t.settle('req_10', '{"content": {"form": "full", "question": "q",
    "answer": "a", "cut": false, "days": 30}}'), 'settled',
    'a call that was under way is settled');
SELECT is((SELECT count(*) FROM slipway.contents), 0::bigint,
    '... and leaves no content');
SELECT is((SELECT count(*) FROM slipway.llm_calls AS c, made
    WHERE c.user_id = made.ann), 8::bigint, 'the ledger stays');
SELECT throws_ok($$ SELECT slipway.privacy_export('ann') $$, 'SW004', NULL,
    'nobody of this name any more');
SELECT * FROM finish();
ROLLBACK;
