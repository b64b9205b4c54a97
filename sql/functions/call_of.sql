-- The row of llm_calls for a call that is settled.
--
-- p_tenant_id .. p_amount_pico  its reservation, which says whom it is charged to
-- p_call                        its entry of settle(), whose form was checked
--
-- For settle().  A plain statement, so that PostgreSQL puts it into the one that asks.
-- Locks: none.  Stable but for the time that it takes down.
CREATE OR REPLACE FUNCTION slipway.call_of(
    p_tenant_id bigint,
    p_request_id text,
    p_day date,
    p_system_day date,
    p_user_id bigint,
    p_key_id bigint,
    p_feature text,
    p_created_at timestamptz,
    p_amount_pico bigint,
    p_call jsonb
)
RETURNS SETOF slipway.llm_calls
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT p_tenant_id, p_request_id, p_day, p_system_day, p_user_id, p_key_id,
        p_feature, p_created_at, clock_timestamp(), p_call ->> 'outcome',
        p_call ->> 'basis', left(coalesce(nullif(p_call ->> 'error', ''), 'ok'), 64),
        (p_call ->> 'cost_pico')::bigint, p_amount_pico,
        (p_call ->> 'cost_pico')::bigint > p_amount_pico,
        (p_call ->> 'input_tokens')::bigint, (p_call ->> 'cache_read_tokens')::bigint,
        (p_call ->> 'cache_write_tokens')::bigint,
        (p_call ->> 'cache_write_1h_tokens')::bigint,
        (p_call ->> 'output_tokens')::bigint, (p_call ->> 'reasoning_tokens')::bigint,
        left(coalesce(p_call ->> 'model_route', ''), 256),
        left(coalesce(p_call ->> 'prompt_version', ''), 256),
        left(coalesce(p_call ->> 'trace_id', ''), 64),
        (p_call ->> 'stream')::boolean, (p_call ->> 'fallback_tier')::smallint,
        (p_call ->> 'ttft_ms')::bigint, (p_call ->> 'latency_ms')::bigint,
        left(coalesce(p_call ->> 'parent_span', ''), 16)
$$;
COMMENT ON FUNCTION slipway.call_of(bigint, text, date, date, bigint, bigint, text,
    timestamptz, bigint, jsonb) IS
    'The row of llm_calls for a call that is settled; for settle().';
