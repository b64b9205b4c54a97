-- The tries of providers in the calls of the last minutes, as far as they say
-- something of the provider: it answered, or failed.  A request that it
-- rightly refuses (upstream_rejected) is not its failure.
--
-- p_minutes  how far back, minutes
--
-- Returns for each try:
--   provider             its name in the configuration
--   result               'ok', or the error
--   ttft_ms              time to the first token; NULL: there was none
--   request_id, ordinal  in the order of time
--
-- No locks, nothing raised.  Stable.
--
-- For functions of the schema only, as calls_since() is.
CREATE OR REPLACE FUNCTION slipway.provider_attempts(p_minutes integer)
RETURNS TABLE (
    provider text,
    result text,
    ttft_ms bigint,
    request_id text,
    ordinal smallint
)
LANGUAGE sql
STABLE
AS $$
    SELECT split_part(t.model_route, '/', 1), t.result, t.ttft_ms,
        t.request_id, t.ordinal
    FROM slipway.calls_since(p_minutes) AS c
    JOIN slipway.llm_attempts AS t
        ON t.tenant_id = c.tenant_id
        AND t.request_id = c.request_id
        AND t.day = c.day
    WHERE t.model_route LIKE '%/%'
        AND (t.result = 'ok' OR t.result LIKE 'upstream\_%')
        AND t.result <> 'upstream_rejected';
$$;
COMMENT ON FUNCTION slipway.provider_attempts(integer) IS
    'The tries of the last p_minutes minutes that say something of a provider.';
REVOKE EXECUTE ON FUNCTION slipway.provider_attempts(integer) FROM PUBLIC;
