-- A model failed: count it, and open its circuit at p_threshold.
--
-- p_model_route  provider/model
-- p_failures     how many failures in a row the caller has seen
-- p_threshold    how many open the circuit
-- p_open_ms      how long it then stays open; doubles with each failed try, up
--                to 5 minutes
-- p_reason       code of the error
--
-- Returns for how many milliseconds from now it is open; 0: it is closed.
-- Locks: the row of the model.  Volatile.
CREATE OR REPLACE FUNCTION slipway.breaker_fail(
    p_model_route text,
    p_failures integer,
    p_threshold integer,
    p_open_ms bigint,
    p_reason text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    k_max_ms CONSTANT bigint := 300000;
    v_now timestamptz := clock_timestamp();
    b slipway.breakers;
BEGIN
    INSERT INTO slipway.breakers (model_route)
    VALUES (p_model_route)
    ON CONFLICT DO NOTHING;
    SELECT * INTO b
    FROM slipway.breakers
    WHERE model_route = p_model_route
    FOR NO KEY UPDATE;
    -- failures of another hour are not failures in a row
    IF b.opened_at IS NULL AND b.changed_at < v_now - interval '10 min' THEN
        b.failures := 0;
    END IF;
    b.failures := least(b.failures::bigint + p_failures, 1000000);
    IF b.opened_at IS NULL AND b.failures >= p_threshold THEN
        b.opened_at := v_now;
        b.open_ms := p_open_ms;
        b.open_until := v_now + b.open_ms * interval '1 ms';
    ELSIF b.open_until <= v_now THEN
        b.open_ms := least(greatest(b.open_ms * 2, p_open_ms), k_max_ms);
        b.open_until := v_now + b.open_ms * interval '1 ms';
    END IF;
    UPDATE slipway.breakers
    SET failures = b.failures,
        opened_at = b.opened_at,
        open_until = b.open_until,
        open_ms = b.open_ms,
        claimed_until = NULL,
        reason = left(p_reason, 64),
        changed_at = v_now
    WHERE model_route = p_model_route;
    RETURN coalesce(greatest(0,
        extract(epoch FROM b.open_until - v_now) * 1000)::bigint, 0);
END;
$$;
COMMENT ON FUNCTION slipway.breaker_fail(text, integer, integer, bigint, text)
IS 'Count failures of a model, and open its circuit when there are too many.';
