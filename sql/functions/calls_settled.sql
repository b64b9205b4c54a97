-- Which of these calls were settled lately.
--
-- p_request_ids  ids of calls, NULLs allowed
-- p_day          today in UTC; the days around it are looked at, because a
--                tenant's day may be one off
--
-- Returns the ids that stand in llm_calls.  For admit() only.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.calls_settled(
    p_request_ids text[],
    p_day date
)
RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
-- A plan made with the day in hand opens four partitions; a generic one locks
-- them all.
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    RETURN QUERY
    SELECT c.request_id
    FROM slipway.llm_calls AS c
    WHERE c.request_id = ANY (p_request_ids)
        AND c.day BETWEEN p_day - 2 AND p_day + 1;
END;
$$;
COMMENT ON FUNCTION slipway.calls_settled(text[], date) IS
    'Which of these request ids were settled lately; for admit().';
