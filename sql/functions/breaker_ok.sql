-- A model answered: close its circuit.
--
-- p_model_route  provider/model
--
-- Returns whether it was open.
-- Locks: the row of the model, when there is one.  Volatile.
CREATE OR REPLACE FUNCTION slipway.breaker_ok(p_model_route text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_opened_at timestamptz;
BEGIN
    DELETE FROM slipway.breakers
    WHERE model_route = p_model_route
    RETURNING opened_at INTO v_opened_at;
    RETURN v_opened_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION slipway.breaker_ok(text) IS
    'Close the circuit of a model that answered.';
