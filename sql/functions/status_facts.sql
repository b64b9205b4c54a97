-- What the public status page tells of the last minutes.
--
-- p_minutes  how far back
--
-- Returns one row: how many documents are indexed, and the time to the first
-- token that half and 95 of 100 calls stayed under, in ms; NULL: no call gave
-- one.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.status_facts(p_minutes integer)
RETURNS TABLE (documents bigint, ttft_p50_ms bigint, ttft_p95_ms bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    v_from timestamptz := now() - p_minutes * interval '1 minute';
    v_day date := (v_from AT TIME ZONE 'UTC')::date - 1;
BEGIN
    RETURN QUERY
    SELECT (SELECT count(*) FROM slipway.documents),
        percentile_disc(0.50) WITHIN GROUP (ORDER BY c.ttft_ms),
        percentile_disc(0.95) WITHIN GROUP (ORDER BY c.ttft_ms)
    FROM slipway.llm_calls AS c
    WHERE c.settled_at >= v_from AND c.day >= v_day;
END;
$$;
COMMENT ON FUNCTION slipway.status_facts(integer) IS
    'Documents indexed and time to the first token, for the status page.';
