-- What readers say of answers.
BEGIN;
SELECT plan(12);

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

SELECT * FROM finish();
ROLLBACK;
