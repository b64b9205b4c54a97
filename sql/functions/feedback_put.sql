-- Keep what a reader says of an answer; the last word counts.
--
-- p_tenant_id, p_user_id  who judges, from key_check()
-- p_request_id            a settled call of this very user
-- p_rating                1: good, -1: bad
-- p_comment               at most 2000 characters, or NULL
-- p_question, p_answer    both, or both NULL: the reader did not agree that
--                         they are kept
--
-- Errors: SW004 not_found (no such call of this user), SW002 invalid_request.
-- Locks: the row of feedback.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.feedback_put(
    p_tenant_id bigint,
    p_user_id bigint,
    p_request_id text,
    p_rating integer,
    p_comment text,
    p_question text,
    p_answer text
)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF p_rating IS NULL OR p_rating NOT IN (-1, 1)
        OR length(p_comment) > 2000
        OR (p_question IS NULL) <> (p_answer IS NULL)
    THEN
        PERFORM slipway.fail('invalid_request',
            'a rating is 1 or -1, a comment has 2000 characters at most, and '
            'question and answer come together');
    END IF;
    PERFORM FROM slipway.llm_calls AS c
    WHERE c.tenant_id = p_tenant_id AND c.request_id = p_request_id
        AND c.user_id = p_user_id;
    IF NOT FOUND THEN
        PERFORM slipway.fail('not_found', 'there is no such call');
    END IF;
    INSERT INTO slipway.feedback (tenant_id, request_id, user_id, rating,
        comment, question, answer)
    VALUES (p_tenant_id, p_request_id, p_user_id, p_rating,
        coalesce(p_comment, ''), p_question, p_answer)
    ON CONFLICT ON CONSTRAINT feedback_pkey DO UPDATE
    SET rating = excluded.rating, comment = excluded.comment,
        question = excluded.question, answer = excluded.answer,
        created_at = excluded.created_at;
END;
$$;
COMMENT ON FUNCTION slipway.feedback_put(bigint, bigint, text, integer, text,
    text, text) IS
    'Keep what a reader says of an answer; the last word counts.';
