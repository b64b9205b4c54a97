-- May the caller try a model whose circuit is open?  Of all processes one gets
-- a yes, when the circuit has been open for long enough.
--
-- p_model_route  provider/model
-- p_claim_ms     how long nobody else may; ends early with breaker_ok() or
--                breaker_fail()
--
-- Returns true when the caller may try it: also when the circuit is closed.
-- Locks: the row of the model.  Volatile.
CREATE OR REPLACE FUNCTION slipway.breaker_claim(
    p_model_route text,
    p_claim_ms bigint
)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    UPDATE slipway.breakers
    SET claimed_until = v_now + p_claim_ms * interval '1 ms'
    WHERE model_route = p_model_route
        AND open_until <= v_now
        AND coalesce(claimed_until <= v_now, true);
    RETURN FOUND OR NOT EXISTS (
        SELECT
        FROM slipway.breakers
        WHERE model_route = p_model_route AND opened_at IS NOT NULL
    );
END;
$$;
COMMENT ON FUNCTION slipway.breaker_claim(text, bigint) IS
    'Take the right to try a model whose circuit is open.';
