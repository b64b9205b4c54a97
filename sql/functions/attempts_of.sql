-- The rows of llm_attempts for a call that is settled; what is odd is made even, for
-- nothing in here may stop a settlement.
--
-- p_tenant_id, p_request_id, p_day  its reservation
-- p_call                           its entry of settle()
--
-- For settle().  A plain statement, so that PostgreSQL puts it into the one that asks.
-- Locks: none.  Immutable.
CREATE OR REPLACE FUNCTION slipway.attempts_of(
    p_tenant_id bigint,
    p_request_id text,
    p_day date,
    p_call jsonb
)
RETURNS SETOF slipway.llm_attempts
LANGUAGE sql IMMUTABLE
AS $$
    SELECT p_tenant_id, p_request_id, a.n::smallint, p_day,
        left(coalesce(a.j ->> 'model_route', ''), 256),
        left(coalesce(nullif(a.j ->> 'result', ''), 'ok'), 64),
        CASE WHEN a.j ->> 'http_status' ~ '^[0-9][0-9]?[0-9]?$'
            THEN (a.j ->> 'http_status')::integer ELSE 0 END,
        CASE WHEN a.j ->> 'ttft_ms' ~ '^[0-9]+$' AND length(a.j ->> 'ttft_ms') <= 16
            THEN (a.j ->> 'ttft_ms')::bigint END,
        CASE WHEN a.j ->> 'latency_ms' ~ '^[0-9]+$'
                AND length(a.j ->> 'latency_ms') <= 16
            THEN (a.j ->> 'latency_ms')::bigint ELSE 0 END
    FROM jsonb_array_elements(
        CASE WHEN jsonb_typeof(p_call -> 'attempts') = 'array'
            THEN p_call -> 'attempts' ELSE '[]' END) WITH ORDINALITY AS a (j, n)
    WHERE a.n <= 100
$$;
COMMENT ON FUNCTION slipway.attempts_of(bigint, text, date, jsonb) IS
    'The rows of llm_attempts for a call that is settled; for settle().';
