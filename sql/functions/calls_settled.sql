-- Which of these calls were settled lately.
--
-- p_request_ids  ids of calls, NULLs allowed
-- p_from, p_to   days to look at, both included
--
-- Returns the ids that stand in llm_calls.  For admit() only.
-- Locks: none.  Stable.
--
-- It reads the partitions by name: a plan for llm_calls itself would lock every
-- partition, or be made anew each time with all of them in sight; either costs
-- as much as the rest of an admission.
CREATE OR REPLACE FUNCTION slipway.calls_settled(
    p_request_ids text[],
    p_from date,
    p_to date
)
RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_day date := p_from;
    v_name text;
BEGIN
    WHILE v_day <= p_to LOOP
        v_name := 'llm_calls' || to_char(v_day, '_YYYYMMDD');
        IF to_regclass('slipway.' || v_name) IS NULL THEN
            v_name := 'llm_calls_default';
        END IF;
        RETURN QUERY EXECUTE format(
            'SELECT c.request_id FROM slipway.%I AS c '
            'WHERE c.request_id = ANY ($1)', v_name)
            USING p_request_ids;
        v_day := v_day + 1;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION slipway.calls_settled(text[], date, date) IS
    'Which of these request ids were settled lately; for admit().';
