-- Ask our own limits whether requests may go out (GCRA, as in admit()).
--
-- p_takes  array of {"name", "rpm": 0 none, "tpm": 0 none, "tokens"}; the name
--          is provider:NAME or fallback:FEATURE
--
-- Returns one row for each entry, in their order; wait_ms 0: it may go out and
-- has taken its place; else nothing was taken and it may ask again then.  A
-- minute's worth may go out at once, then one each 60/rpm seconds; a request
-- with more tokens than a minute has passes when all of them are back.
-- Locks: the rows of the names, in their order.  Volatile.
CREATE OR REPLACE FUNCTION slipway.outgoing_take(p_takes jsonb)
RETURNS TABLE (idx integer, wait_ms bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    k_minute_us CONSTANT bigint := 60000000;
    v_now_us bigint;
    v_requests bigint;
    v_tokens bigint;
    v_wait_us bigint;
    r record;
BEGIN
    INSERT INTO slipway.outgoing_limits (name)
    SELECT DISTINCT e.j ->> 'name'
    FROM jsonb_array_elements(p_takes) AS e (j)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    PERFORM
    FROM slipway.outgoing_limits AS o
    WHERE o.name IN (
        SELECT e.j ->> 'name' FROM jsonb_array_elements(p_takes) AS e (j))
    ORDER BY o.name
    FOR NO KEY UPDATE;
    v_now_us := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    FOR r IN
        SELECT (e.n - 1)::integer AS idx, e.j ->> 'name' AS name,
            (e.j ->> 'rpm')::bigint AS rpm, (e.j ->> 'tpm')::bigint AS tpm,
            (e.j ->> 'tokens')::bigint AS tokens
        FROM jsonb_array_elements(p_takes) WITH ORDINALITY AS e (j, n)
        ORDER BY e.n
    LOOP
        SELECT greatest(o.requests_tat_us, v_now_us),
            greatest(o.tokens_tat_us, v_now_us)
        INTO v_requests, v_tokens
        FROM slipway.outgoing_limits AS o
        WHERE o.name = r.name;
        IF r.rpm > 0 THEN
            v_requests := v_requests + k_minute_us / r.rpm;
        END IF;
        IF r.tpm > 0 THEN
            v_tokens := v_tokens
                + least(r.tokens, r.tpm) * k_minute_us / r.tpm;
        END IF;
        v_wait_us := greatest(v_requests, v_tokens) - v_now_us - k_minute_us;
        IF v_wait_us <= 0 THEN
            UPDATE slipway.outgoing_limits
            SET requests_tat_us = v_requests,
                tokens_tat_us = v_tokens
            WHERE name = r.name;
        END IF;
        idx := r.idx;
        wait_ms := greatest(0, (v_wait_us + 999) / 1000);
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION slipway.outgoing_take(jsonb) IS
    'Take places in our own limits towards providers.';
