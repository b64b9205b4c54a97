-- Delete answers that were kept long enough.
--
-- p_limit  at most so many; NULL: all
--
-- Returns how many were deleted.
-- Locks: their rows; skips those that are locked.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.streams_expire(p_limit integer)
RETURNS bigint
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH gone AS (
        DELETE FROM slipway.streams AS s
        USING (
            SELECT o.tenant_id, o.request_id
            FROM slipway.streams AS o
            WHERE o.expires_at <= clock_timestamp()
            ORDER BY o.expires_at
            LIMIT p_limit
            FOR UPDATE SKIP LOCKED
        ) AS o
        WHERE s.tenant_id = o.tenant_id AND s.request_id = o.request_id
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
COMMENT ON FUNCTION slipway.streams_expire(integer) IS
    'Delete answers that were kept long enough; returns how many.';
