-- The calls that were admitted in the last minutes.
--
-- p_minutes  how far back, minutes
--
-- Returns rows of llm_calls.  No locks, nothing raised.  Stable.
--
-- A request id is "req_" and ten characters of base 32 that count milliseconds
-- (base/id.h), so its index finds the latest calls without an index on time.
-- Two days back is enough of partitions: a tenant's day may lag behind UTC.
--
-- For functions of the schema only: it has no SECURITY DEFINER and no fixed
-- search_path, so that the planner can look into it.
CREATE OR REPLACE FUNCTION slipway.calls_since(p_minutes integer)
RETURNS SETOF slipway.llm_calls
LANGUAGE sql
STABLE
AS $$
    SELECT c.*
    FROM slipway.llm_calls AS c
    WHERE c.request_id >= (
            SELECT 'req_' || string_agg(
                substr('0123456789abcdefghjkmnpqrstvwxyz',
                    ((t.ms >> 5 * i) & 31)::integer + 1, 1),
                '' ORDER BY i DESC)
            FROM generate_series(0, 9) AS i,
                (SELECT (extract(epoch FROM now()) * 1000)::bigint
                    - p_minutes * 60000::bigint) AS t (ms)
        ) COLLATE "C"
        AND c.day >= (now() AT TIME ZONE 'UTC')::date
            - 2 - p_minutes / 1440;
$$;
COMMENT ON FUNCTION slipway.calls_since(integer) IS
    'The calls that were admitted in the last p_minutes minutes.';
REVOKE EXECUTE ON FUNCTION slipway.calls_since(integer) FROM PUBLIC;
