-- Settle the calls whose lease has ended: their worker died.
--
-- p_limit  how many at most
--
-- Each is charged its whole reservation (outcome abandoned, basis pessimistic):
-- nobody knows what the provider did, and a cap must hold.  A settlement that
-- comes later, from a worker that was only slow, takes the place of it.
--
-- Returns how many were settled; 0 also when another session is at it.
-- Locks: an advisory lock for the transaction, then as settle().  The
--   reservations are not locked first, for settle() locks them last; one that
--   its worker settles meanwhile is a duplicate here and not charged twice.
-- Volatile.
CREATE OR REPLACE FUNCTION slipway.reap(p_limit integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_calls jsonb;
    v_settled integer := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('slipway.reap')) THEN
        RETURN 0;
    END IF;
    SELECT jsonb_agg(jsonb_build_object(
        'request_id', e.request_id,
        'outcome', 'abandoned',
        'basis', 'pessimistic',
        'error', 'internal',
        'cost_pico', e.amount_pico,
        'input_tokens', 0,
        'cache_read_tokens', 0,
        'cache_write_tokens', 0,
        'cache_write_1h_tokens', 0,
        'output_tokens', 0,
        'reasoning_tokens', 0,
        'stream', false,
        'fallback_tier', 0,
        'latency_ms', greatest(0, (extract(epoch FROM
            clock_timestamp() - e.created_at) * 1000)::bigint)
    ))
    INTO v_calls
    FROM (
        SELECT s.request_id, s.amount_pico, s.created_at
        FROM slipway.reservations AS s
        WHERE s.lease_until < clock_timestamp()
        ORDER BY s.lease_until
        LIMIT p_limit
    ) AS e;
    IF v_calls IS NOT NULL THEN
        SELECT count(*)
        INTO v_settled
        FROM slipway.settle(v_calls) AS s
        WHERE s.result = 'settled';
    END IF;
    RETURN v_settled;
END;
$$;
COMMENT ON FUNCTION slipway.reap(integer) IS
    'Settle calls whose lease has ended, pessimistically; returns how many.';
