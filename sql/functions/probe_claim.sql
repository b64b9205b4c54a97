-- The last probe, and whether the caller has to make the next one.
--
-- p_name         what is probed: a feature
-- p_interval_ms  how long a result counts
-- p_claim_ms     how long a probe may take
--
-- Returns one row: claimed (true for one caller of all processes, when the
-- last result is too old), and the last result; checked_ms: its age, NULL
-- when there is none.
-- Locks: the row of the name.  Volatile.
CREATE OR REPLACE FUNCTION slipway.probe_claim(
    p_name text,
    p_interval_ms bigint,
    p_claim_ms bigint
)
RETURNS TABLE (
    claimed boolean,
    checked_ms bigint,
    ok boolean,
    model_route text,
    latency_ms bigint,
    error text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := clock_timestamp();
    v_claimed boolean;
BEGIN
    INSERT INTO slipway.probes (name) VALUES (p_name)
    ON CONFLICT DO NOTHING;
    UPDATE slipway.probes
    SET claimed_until = v_now + p_claim_ms * interval '1 ms'
    WHERE name = p_name
        AND claimed_until <= v_now
        AND coalesce(
            checked_at <= v_now - p_interval_ms * interval '1 ms', true);
    v_claimed := FOUND;
    RETURN QUERY
    SELECT v_claimed,
        (extract(epoch FROM v_now - p.checked_at) * 1000)::bigint,
        p.ok, p.model_route, p.latency_ms, p.error
    FROM slipway.probes AS p
    WHERE p.name = p_name;
END;
$$;
COMMENT ON FUNCTION slipway.probe_claim(text, bigint, bigint) IS
    'The last probe, and the right to make the next one.';
