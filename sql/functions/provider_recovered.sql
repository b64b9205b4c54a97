-- Which providers answer again, whatever provider_health() says of the minutes
-- before: their latest three tries, or as many as there were, all had an
-- answer.
--
-- p_minutes  of how many minutes' calls
--
-- Returns their names in the configuration.
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.provider_recovered(p_minutes integer)
RETURNS TABLE (provider text)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT l.provider
    FROM (
        SELECT split_part(t.model_route, '/', 1) AS provider, t.result,
            row_number() OVER (
                PARTITION BY split_part(t.model_route, '/', 1)
                ORDER BY t.request_id COLLATE "C" DESC, t.ordinal DESC) AS n
        FROM slipway.calls_since(p_minutes) AS c
        JOIN slipway.llm_attempts AS t
            ON t.tenant_id = c.tenant_id
            AND t.request_id = c.request_id
            AND t.day = c.day
        WHERE t.model_route LIKE '%/%'
            AND (t.result = 'ok' OR t.result LIKE 'upstream\_%')
            AND t.result <> 'upstream_rejected'
    ) AS l
    WHERE l.n <= 3
    GROUP BY l.provider
    HAVING bool_and(l.result = 'ok')
    ORDER BY l.provider;
$$;
COMMENT ON FUNCTION slipway.provider_recovered(integer) IS
    'The providers whose latest three tries in p_minutes minutes were '
    'answered.';
