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
        SELECT t.provider, t.result,
            row_number() OVER (
                PARTITION BY t.provider
                ORDER BY t.request_id COLLATE "C" DESC, t.ordinal DESC) AS n
        FROM slipway.provider_attempts(p_minutes) AS t
    ) AS l
    WHERE l.n <= 3
    GROUP BY l.provider
    HAVING bool_and(l.result = 'ok')
    ORDER BY l.provider;
$$;
COMMENT ON FUNCTION slipway.provider_recovered(integer) IS
    'The providers whose latest three tries in p_minutes minutes were '
    'answered.';
