-- The tries at providers within one call, in their order.
--
-- p_request_id  req_...
--
-- Locks: none.  Stable.
CREATE OR REPLACE FUNCTION slipway.call_attempts(p_request_id text)
RETURNS TABLE (
    ordinal smallint,
    model_route text,
    result text,
    http_status integer,
    ttft_ms bigint,
    latency_ms bigint
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.ordinal, a.model_route, a.result, a.http_status, a.ttft_ms,
        a.latency_ms
    FROM slipway.llm_calls AS c
    JOIN slipway.llm_attempts AS a
        ON a.tenant_id = c.tenant_id AND a.request_id = c.request_id
        AND a.day = c.day
    WHERE c.request_id = p_request_id
    ORDER BY a.ordinal;
$$;
COMMENT ON FUNCTION slipway.call_attempts(text) IS
    'The tries at providers within one call, in their order.';
