-- What readers say of answers; answers that are taken up again.
BEGIN;
SELECT plan(32);

-- What feedback_put() refuses with, or "done".
CREATE FUNCTION pg_temp.put(p_user bigint, p_request text, p_rating integer,
    p_comment text DEFAULT NULL, p_question text DEFAULT NULL,
    p_answer text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_detail text;
BEGIN
    PERFORM slipway.feedback_put(
        (SELECT id FROM slipway.tenants WHERE name = 'default'), p_user,
        p_request, p_rating, p_comment, p_question, p_answer);
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS v_detail = PG_EXCEPTION_DETAIL;
    RETURN v_detail;
END;
$$;
CREATE TEMP TABLE who AS
SELECT t.person('ann') AS ann, t.person('bob') AS bob;
SELECT t.verdict('ann', 'req_1') \g /dev/null
SELECT is(pg_temp.put(ann, 'req_1', 1), 'not_found', 'no call under way')
FROM who;
SELECT t.settle('req_1') \g /dev/null

SELECT is(pg_temp.put(ann, 'req_1', 1), 'done', 'a thumb') FROM who;
SELECT is(pg_temp.put(ann, 'req_1', -1, 'No.'), 'done', 'the last word counts')
FROM who;
SELECT results_eq($$
    SELECT "user", request_id, rating, comment, question, answer
    FROM slipway.feedback_list('-infinity', 10)
$$, $$
    VALUES ('ann', 'req_1', -1::smallint, 'No.', NULL::text, NULL::text)
$$, 'one row an answer, nothing of its content');
SELECT is(pg_temp.put(ann, 'req_1', 1, NULL, 'Why?', 'Because.'), 'done',
    'with content')
FROM who;
SELECT results_eq($$
    SELECT rating, comment, question, answer
    FROM slipway.feedback_list('-infinity', 10)
$$, $$ VALUES (1::smallint, '', 'Why?', 'Because.') $$, 'kept as agreed');
SELECT is(pg_temp.put(ann, 'req_1', 1), 'done', 'taken back') FROM who;
SELECT is((SELECT question FROM slipway.feedback), NULL, '... it is gone');
SELECT is(pg_temp.put(bob, 'req_1', 1), 'not_found', 'not of another user')
FROM who;
SELECT is(pg_temp.put(ann, 'req_1', 0), 'invalid_request', 'a rating')
FROM who;
SELECT is(pg_temp.put(ann, 'req_1', 1, repeat('x', 2001)), 'invalid_request',
    'a long comment')
FROM who;
SELECT is(pg_temp.put(ann, 'req_1', 1, NULL, 'Why?'), 'invalid_request',
    'half of the content')
FROM who;

-- answers that are taken up again
CREATE FUNCTION pg_temp.read(p_user bigint, p_last bigint)
RETURNS text LANGUAGE sql AS $$
    SELECT state || ' ' || next_at || ' ' || piece
    FROM slipway.stream_read(
        (SELECT id FROM slipway.tenants WHERE name = 'default'), p_user,
        'req_2', p_last, 15000)
$$;
CREATE FUNCTION pg_temp.write(p_user bigint, p_at bigint, p_piece text,
    p_ended boolean DEFAULT false, p_grace bigint DEFAULT 10000)
RETURNS boolean LANGUAGE sql AS $$
    SELECT slipway.stream_put(
        (SELECT id FROM slipway.tenants WHERE name = 'default'), p_user,
        'req_2', p_at, p_piece, p_ended, p_grace, 300000)
$$;
SELECT is(pg_temp.read(ann, -1), 'unknown 0 ', 'no such call') FROM who;
SELECT t.verdict('ann', 'req_2') \g /dev/null
SELECT is(pg_temp.read(ann, -1), 'waiting 0 ', 'under way') FROM who;
SELECT ok(pg_temp.write(ann, 0, E'id: 0\ndata: ü\n\n'), 'a piece') FROM who;
SELECT is(pg_temp.read(ann, -1), E'open 0 id: 0\ndata: ü\n\n', 'from the start')
FROM who;
SELECT is(pg_temp.read(ann, 0), 'open 16 ', 'offsets are bytes') FROM who;
SELECT ok(pg_temp.write(ann, 99, 'lost'), 'a piece that is not the next')
FROM who;
SELECT ok(pg_temp.write(ann, 16, E'id: 16\ndata: b\n\n', true), 'the last')
FROM who;
SELECT is(pg_temp.read(ann, 0), E'ended 16 id: 16\ndata: b\n\n', 'the rest')
FROM who;
SELECT is(pg_temp.read(bob, -1), 'unknown 0 ', 'not of another user') FROM who;
UPDATE slipway.streams SET ended = false, written_at = now() - interval '1 min';
SELECT is(pg_temp.read(ann, 16), 'lost 32 ', 'its writer died') FROM who;
UPDATE slipway.streams SET read_at = now() - interval '1 min';
SELECT ok(NOT pg_temp.write(ann, 32, ''), 'nobody asks: give up') FROM who;
UPDATE slipway.streams SET read_at = now();
SELECT ok(pg_temp.write(ann, 32, ''), 'somebody asks again') FROM who;
SELECT slipway.stream_stop((SELECT id FROM slipway.tenants
    WHERE name = 'default'), bob, 'req_2', 1000) FROM who \g /dev/null
SELECT ok(pg_temp.write(ann, 32, ''), 'no one else stops it') FROM who;
SELECT slipway.stream_stop((SELECT id FROM slipway.tenants
    WHERE name = 'default'), ann, 'req_2', 1000) FROM who \g /dev/null
SELECT ok(NOT pg_temp.write(ann, 32, ''), 'stopped: give up') FROM who;
SELECT t.settle('req_2') \g /dev/null
UPDATE slipway.streams SET expires_at = now();
SELECT is(pg_temp.read(ann, -1), 'expired 0 ', 'no longer kept') FROM who;
SELECT is(slipway.streams_expire(NULL), 1::bigint, 'deleted');

-- after the store's time: what the feature keeps of the answer, if anything
INSERT INTO slipway.contents (tenant_id, request_id, user_id, form, question,
    answer, cut, expires_at)
SELECT c.tenant_id, c.request_id, c.user_id, 'full', 'q', E'line 1\nline 2',
    false, now() + interval '1 day'
FROM slipway.llm_calls AS c
WHERE c.request_id = 'req_2';
SELECT is(pg_temp.read(ann, 16), E'ended 0 event: start\n'
    'data: {"feature": "chat", "request_id": "req_2"}\n\nevent: kept\n'
    'data: {"cut": false, "answer": "line 1\\nline 2"}\n\nevent: done\n'
    'data: {"request_id": "req_2", "model_route": "' || (SELECT model_route
    FROM slipway.llm_calls WHERE request_id = 'req_2') || E'"}\n\n',
    'what is kept of the answer')
FROM who;
SELECT is(pg_temp.read(bob, -1), 'unknown 0 ', '... not for another user')
FROM who;
UPDATE slipway.contents SET form = 'hash';
SELECT is(pg_temp.read(ann, 16), 'expired 0 ', 'a hash is no answer') FROM who;
UPDATE slipway.contents SET form = 'redacted', expires_at = now();
SELECT is(pg_temp.read(ann, 16), 'expired 0 ', 'nor what should be deleted')
FROM who;

SELECT * FROM finish();
ROLLBACK;
