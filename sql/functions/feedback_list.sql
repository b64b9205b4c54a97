-- What readers said, the latest first: for evaluations and for operators.
--
-- p_since  not older than this
-- p_limit  at most so many rows
--
-- Returns one row for each judged answer; question and answer are NULL where
-- the reader did not agree that they are kept.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.feedback_list(
    p_since timestamptz,
    p_limit integer
)
RETURNS TABLE (
    created_at timestamptz,
    tenant text,
    "user" text,
    request_id text,
    rating smallint,
    comment text,
    question text,
    answer text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT f.created_at, ten.name, usr.name, f.request_id, f.rating, f.comment,
        f.question, f.answer
    FROM slipway.feedback AS f
    JOIN slipway.tenants AS ten ON ten.id = f.tenant_id
    JOIN slipway.users AS usr
        ON usr.tenant_id = f.tenant_id AND usr.id = f.user_id
    WHERE f.created_at >= p_since
    ORDER BY f.created_at DESC, f.request_id DESC
    LIMIT p_limit;
$$;
COMMENT ON FUNCTION slipway.feedback_list(timestamptz, integer) IS
    'What readers said of answers, the latest first.';
