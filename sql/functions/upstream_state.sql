-- What a worker has to know of the providers before it asks one.
--
-- Returns a row for each thing that holds now:
--   kind     open       the circuit of name (provider/model) is open
--            failing    it is closed, but name failed last
--            drill      the provider name fails on purpose
--            exhausted  the provider name has said that nothing is left
--   name
--   for_ms   for how long from now; open: until one may try it again
--
-- No locks, nothing raised.  Stable.
CREATE OR REPLACE FUNCTION slipway.upstream_state()
RETURNS TABLE (kind text, name text, for_ms bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT x.kind, x.name,
        greatest(0, extract(epoch FROM x.until - clock_timestamp()) * 1000)
            ::bigint
    FROM (
        SELECT CASE WHEN b.opened_at IS NULL THEN 'failing' ELSE 'open' END,
            b.model_route, coalesce(b.open_until, now())
        FROM slipway.breakers AS b
        UNION ALL
        SELECT 'drill', d.provider, d.until
        FROM slipway.drills AS d
        WHERE d.until > clock_timestamp()
        UNION ALL
        SELECT 'exhausted', q.provider,
            greatest(
                CASE WHEN q.remaining_requests = 0
                    THEN q.reset_requests_at END,
                CASE WHEN q.remaining_tokens = 0 THEN q.reset_tokens_at END)
        FROM slipway.provider_quotas AS q
        WHERE q.remaining_requests = 0
                AND q.reset_requests_at > clock_timestamp()
            OR q.remaining_tokens = 0
                AND q.reset_tokens_at > clock_timestamp()
    ) AS x (kind, name, until);
$$;
COMMENT ON FUNCTION slipway.upstream_state() IS
    'Open circuits, drills and exhausted quotas, as of now.';
