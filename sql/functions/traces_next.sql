-- The spans of settled calls that were not sent yet, as OTLP JSON.  The ledger
-- itself is the outbox: a call costs nothing more for it.
--
-- p_limit  calls at most
--
-- Returns one row: spans (a JSON array of OTLP spans, NULL: none is due), how
-- many calls, and the last call's settled_at and request id for traces_sent().
--
-- A call is a span of kind SERVER that continues the client's traceparent; each
-- attempt at a provider is a child of kind CLIENT with gen_ai.* attributes
-- (open-telemetry/semantic-conventions-genai): operation embeddings where the
-- call has that in place of a prompt's version, retrieval where passages of the
-- documents answered (a route entry without a model), else chat.  Ids of spans are made from the
-- request id, so what is sent twice is the same.  Never any content.
--
-- Calls that were settled less than 30 s ago wait: a transaction that is older
-- may still commit (statement_timeout of the workers is 10 s).
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.traces_next(p_limit integer)
RETURNS TABLE (
    spans jsonb,
    calls bigint,
    settled_at timestamptz,
    request_id text
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
    WITH due AS MATERIALIZED (
        SELECT c.*
        FROM slipway.llm_calls AS c
        CROSS JOIN slipway.trace_state AS s
        WHERE c.settled_at >= s.sent_until
            AND (c.settled_at, c.request_id)
                > (s.sent_until, s.sent_request_id)
            AND c.settled_at < now() - interval '30 s'
        ORDER BY c.settled_at, c.request_id
        LIMIT p_limit
    ), span AS (
        SELECT c.settled_at, c.request_id, 0 AS n, c.trace_id,
            left(encode(sha256(c.request_id::bytea), 'hex'), 16) AS span_id,
            c.parent_span AS parent, c.feature AS name, 2 AS kind,
            c.created_at AS began_at, c.latency_ms AS ms, c.error <> 'ok'
                AND c.error <> 'client_closed' AS failed,
            jsonb_build_object('slipway.request_id', c.request_id,
                'slipway.feature', c.feature, 'slipway.tenant_id',
                c.tenant_id, 'slipway.user_id', c.user_id,
                'slipway.outcome', c.outcome, 'slipway.cost_usd',
                (c.cost_pico * 1e-12)::text, 'slipway.cost_basis', c.basis,
                'slipway.fallback_tier', c.fallback_tier,
                'slipway.prompt_version', nullif(c.prompt_version, ''),
                'error.type', nullif(c.error, 'ok')) AS attributes
        FROM due AS c
        UNION ALL
        SELECT c.settled_at, c.request_id, a.ordinal, c.trace_id,
            left(encode(sha256((c.request_id || '/' || a.ordinal)::bytea),
                'hex'), 16),
            left(encode(sha256(c.request_id::bytea), 'hex'), 16),
            o.operation || ' '
                || substr(a.model_route, strpos(a.model_route, '/') + 1),
            -- INTERNAL or CLIENT
            CASE o.operation WHEN 'retrieval' THEN 1 ELSE 3 END,
            -- attempts have no time of their own: the last one ends the call
            c.created_at + greatest(0, c.latency_ms - sum(a.latency_ms) OVER (
                PARTITION BY c.request_id ORDER BY a.ordinal DESC))
                * interval '1 ms',
            a.latency_ms, a.result <> 'ok',
            jsonb_build_object('gen_ai.operation.name', o.operation,
                'gen_ai.provider.name', split_part(a.model_route, '/', 1),
                'gen_ai.request.model',
                substr(a.model_route, strpos(a.model_route, '/') + 1),
                'gen_ai.request.stream', nullif(o.operation = 'chat', false),
                'gen_ai.response.time_to_first_chunk',
                CASE o.operation WHEN 'chat'
                    THEN (a.ttft_ms * 0.001)::float8 END,
                'http.response.status_code', nullif(a.http_status, 0),
                'slipway.request_id', c.request_id,
                'error.type', nullif(a.result, 'ok'))
            || CASE WHEN a.result = 'ok' THEN jsonb_build_object(
                'gen_ai.response.model', substr(c.model_route,
                    strpos(c.model_route, '/') + 1),
                'gen_ai.usage.input_tokens', c.input_tokens
                    + c.cache_read_tokens + c.cache_write_tokens
                    + c.cache_write_1h_tokens,
                'gen_ai.usage.output_tokens',
                CASE o.operation WHEN 'chat' THEN c.output_tokens END,
                'gen_ai.usage.cache_read.input_tokens', c.cache_read_tokens,
                'gen_ai.usage.cache_creation.input_tokens',
                c.cache_write_tokens + c.cache_write_1h_tokens,
                'gen_ai.usage.reasoning.output_tokens', c.reasoning_tokens)
                ELSE '{}' END
        FROM due AS c
        JOIN slipway.llm_attempts AS a
            ON a.tenant_id = c.tenant_id AND a.request_id = c.request_id
            AND a.day = c.day
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN c.prompt_version = 'embeddings' THEN 'embeddings'
                WHEN strpos(a.model_route, '/') = 0 THEN 'retrieval'
                ELSE 'chat'
            END AS operation
        ) AS o
    )
    SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'traceId', CASE WHEN x.trace_id ~ '^[0-9a-f]{32}$'
                THEN x.trace_id
                -- a call whose worker died has none
                ELSE left(encode(sha256(('trace' || x.request_id)::bytea),
                    'hex'), 32) END,
            'spanId', x.span_id,
            'parentSpanId', nullif(x.parent, ''),
            'name', x.name,
            'kind', x.kind,
            'startTimeUnixNano', ((extract(epoch FROM x.began_at)
                * 1000000)::bigint * 1000)::text,
            'endTimeUnixNano', ((extract(epoch FROM x.began_at)
                * 1000000)::bigint * 1000 + x.ms * 1000000)::text,
            'status', CASE WHEN x.failed THEN '{"code": 2}'::jsonb
                ELSE '{}' END,
            'attributes', (
                SELECT jsonb_agg(jsonb_build_object('key', t.key, 'value',
                    CASE jsonb_typeof(t.value)
                        WHEN 'string' THEN jsonb_build_object(
                            'stringValue', t.value)
                        WHEN 'boolean' THEN jsonb_build_object(
                            'boolValue', t.value)
                        -- 64-bit integers are strings in OTLP JSON
                        ELSE CASE WHEN t.key
                            = 'gen_ai.response.time_to_first_chunk'
                            THEN jsonb_build_object('doubleValue', t.value)
                            ELSE jsonb_build_object('intValue',
                                t.value #>> '{}') END
                    END) ORDER BY t.key)
                FROM jsonb_each(jsonb_strip_nulls(x.attributes))
                    AS t (key, value)
            ))) ORDER BY x.settled_at, x.request_id, x.n),
        count(DISTINCT x.request_id),
        max(x.settled_at),
        (SELECT d.request_id FROM due AS d
            ORDER BY d.settled_at DESC, d.request_id DESC LIMIT 1)
    FROM span AS x;
$$;
COMMENT ON FUNCTION slipway.traces_next(integer) IS
    'Spans of settled calls that were not sent yet, as OTLP JSON.';
