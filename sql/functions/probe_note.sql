-- Keep the result of a probe, and let the next one be claimed.
--
-- p_name         what was probed
-- p_ok           did an answer come?
-- p_model_route  which model gave it, or failed last
-- p_latency_ms   how long it took
-- p_error        code of the error; '' for none
--
-- Locks: the row of the name.  Volatile.
CREATE OR REPLACE FUNCTION slipway.probe_note(
    p_name text,
    p_ok boolean,
    p_model_route text,
    p_latency_ms bigint,
    p_error text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE slipway.probes
    SET claimed_until = '-infinity',
        checked_at = clock_timestamp(),
        ok = p_ok,
        model_route = left(p_model_route, 256),
        latency_ms = p_latency_ms,
        error = left(p_error, 64)
    WHERE name = p_name;
$$;
COMMENT ON FUNCTION slipway.probe_note(text, boolean, text, bigint, text) IS
    'Keep the result of a probe.';
