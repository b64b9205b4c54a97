-- One call, by the incident id that its user saw.
--
-- p_request_id  req_...
--
-- Returns one row; for a call under way, outcome is in_flight and what is not
-- known yet is NULL.  No row: no such call was admitted, or its day was
-- dropped.
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.call_find(p_request_id text)
RETURNS TABLE (
    request_id text,
    tenant text,
    "user" text,
    feature text,
    day date,
    created_at timestamptz,
    settled_at timestamptz,
    outcome text,
    basis text,
    error text,
    cost_pico bigint,
    reserved_pico bigint,
    input_tokens bigint,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    cache_write_1h_tokens bigint,
    output_tokens bigint,
    reasoning_tokens bigint,
    model_route text,
    prompt_version text,
    trace_id text,
    stream boolean,
    fallback_tier smallint,
    ttft_ms bigint,
    latency_ms bigint
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.request_id, ten.name, usr.name, c.feature, c.day, c.created_at,
        c.settled_at, c.outcome, c.basis, c.error, c.cost_pico,
        c.reserved_pico, c.input_tokens, c.cache_read_tokens,
        c.cache_write_tokens, c.cache_write_1h_tokens, c.output_tokens,
        c.reasoning_tokens, c.model_route, c.prompt_version, c.trace_id,
        c.stream, c.fallback_tier, c.ttft_ms, c.latency_ms
    FROM (
        SELECT tenant_id, user_id, request_id, feature, day, created_at,
            settled_at, outcome, basis, error, cost_pico, reserved_pico,
            input_tokens, cache_read_tokens, cache_write_tokens,
            cache_write_1h_tokens, output_tokens, reasoning_tokens,
            model_route, prompt_version, trace_id, stream, fallback_tier,
            ttft_ms, latency_ms
        FROM slipway.llm_calls
        WHERE request_id = p_request_id
        UNION ALL
        SELECT tenant_id, user_id, request_id, feature, day, created_at, NULL,
            'in_flight', NULL, NULL, NULL, amount_pico, NULL, NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM slipway.reservations
        WHERE request_id = p_request_id
    ) AS c
    LEFT JOIN slipway.users AS usr
        ON usr.tenant_id = c.tenant_id AND usr.id = c.user_id
    LEFT JOIN slipway.tenants AS ten ON ten.id = c.tenant_id;
$$;
COMMENT ON FUNCTION slipway.call_find(text) IS
    'One call by its request id, settled or under way.';
