-- Has an entry of settle() the right form?
--
-- p_call  one entry
--
-- Returns false for whatever is missing, no whole number, or too long.  A plain
-- expression, so that PostgreSQL puts it into the statement that asks.
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.settle_form(p_call jsonb)
RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT coalesce(
        (p_call ->> 'cost_pico') || ' ' || (p_call ->> 'input_tokens') || ' '
            || (p_call ->> 'cache_read_tokens') || ' '
            || (p_call ->> 'cache_write_tokens') || ' '
            || (p_call ->> 'cache_write_1h_tokens') || ' '
            || (p_call ->> 'output_tokens') || ' '
            || (p_call ->> 'reasoning_tokens') || ' ' || (p_call ->> 'latency_ms')
            || ' ' || (p_call ->> 'fallback_tier') || ' '
            || coalesce(p_call ->> 'ttft_ms', '0')
            ~ '^([0-9]+ ){9}[0-9]+$'
        AND greatest(length(p_call ->> 'cost_pico'), length(p_call ->> 'input_tokens'),
            length(p_call ->> 'cache_read_tokens'),
            length(p_call ->> 'cache_write_tokens'),
            length(p_call ->> 'cache_write_1h_tokens'),
            length(p_call ->> 'output_tokens'), length(p_call ->> 'reasoning_tokens'),
            length(p_call ->> 'latency_ms'), length(p_call ->> 'ttft_ms')) <= 16
        AND length(p_call ->> 'fallback_tier') <= 3
        AND p_call ->> 'stream' IN ('true', 'false')
        AND p_call ->> 'outcome' IN ('done', 'partial', 'client_gone', 'failed',
            'blocked', 'abandoned')
        AND p_call ->> 'basis' IN ('provider_usage', 'estimated', 'partial', 'none',
            'pessimistic')
        AND p_call ->> 'request_id' IS NOT NULL, false)
$$;
COMMENT ON FUNCTION slipway.settle_form(jsonb) IS
    'Has an entry of settle() the right form?';
