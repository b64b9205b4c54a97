-- A request with an Idempotency-Key was not admitted: its key is free again.
--
-- p_request_id  the request
--
-- Locks: its row.  Volatile.
CREATE OR REPLACE FUNCTION slipway.idempotency_drop(p_request_id text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
    DELETE FROM slipway.idempotency AS i
    WHERE i.request_id = p_request_id AND i.status IS NULL
$$;
COMMENT ON FUNCTION slipway.idempotency_drop(text) IS
    'Forget the Idempotency-Key of a request that was not admitted.';
