-- Put off the end of the leases of calls that are under way.
--
-- p_request_ids  what the process has admitted and not settled yet
-- p_lease_ms     how long the leases hold from now
--
-- Returns how many reservations were found and not locked; one that is locked
-- is being settled.
-- Locks: those reservations, without waiting for anybody.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.lease_renew(
    p_request_ids text[],
    p_lease_ms bigint
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    v_n integer;
BEGIN
    UPDATE slipway.reservations AS s
    SET lease_until = clock_timestamp() + p_lease_ms * interval '1 ms'
    FROM (
        SELECT r.request_id
        FROM slipway.reservations AS r
        WHERE r.request_id = ANY (p_request_ids)
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS l
    WHERE s.request_id = l.request_id;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    RETURN v_n;
END;
$$;
COMMENT ON FUNCTION slipway.lease_renew(text[], bigint) IS
    'Renew the leases of calls under way, so that the reaper leaves them.';
