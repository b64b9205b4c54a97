-- Histograms of how long calls took, by day.  Add up the calls of a bucket, then
-- count from the smallest: see latency_by_day.
CREATE OR REPLACE VIEW slipway.latency_histogram AS
SELECT u.utc_day, u.day, ten.name AS tenant, u.feature,
    CASE WHEN u.model_route = '' THEN '(none)'
        ELSE split_part(u.model_route, '/', 1) END AS provider,
    coalesce(nullif(u.model_route, ''), '(none)') AS model_route, u.what,
    u.within_ms, u.calls
FROM (
    SELECT l.tenant_id, l.utc_day, l.day, l.feature, l.model_route, l.what,
        l.within_ms, l.calls
    FROM slipway.rollup_latency AS l
    UNION ALL
    SELECT c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.feature, c.model_route, c.what, c.within_ms, count(*)
    FROM slipway.call_latency AS c
    WHERE c.created_at >= (SELECT s.rolled_until FROM slipway.rollup_state AS s)
        AND c.day >= (
            SELECT (s.rolled_until AT TIME ZONE 'UTC')::date - 1
            FROM slipway.rollup_state AS s
        )
    GROUP BY c.tenant_id, (c.created_at AT TIME ZONE 'UTC')::date, c.day,
        c.feature, c.model_route, c.what, c.within_ms
) AS u
LEFT JOIN slipway.tenants AS ten ON ten.id = u.tenant_id;

COMMENT ON VIEW slipway.latency_histogram IS
    'How many calls took how long, by day, tenant, feature and model; '
    'complete up to now, without calls whose worker died.';
COMMENT ON COLUMN slipway.latency_histogram.utc_day IS
    'Day in UTC in which the calls were admitted.';
COMMENT ON COLUMN slipway.latency_histogram.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.latency_histogram.tenant IS 'Name of the tenant.';
COMMENT ON COLUMN slipway.latency_histogram.feature IS 'Name of the feature.';
COMMENT ON COLUMN slipway.latency_histogram.provider IS
    'Provider that answered; (none): none did.';
COMMENT ON COLUMN slipway.latency_histogram.model_route IS
    'provider/model that answered; (none): none did.';
COMMENT ON COLUMN slipway.latency_histogram.what IS
    'ttft (to the first token) or latency (to the end).';
COMMENT ON COLUMN slipway.latency_histogram.within_ms IS
    'Milliseconds, rounded up by at most 6.3 %.';
COMMENT ON COLUMN slipway.latency_histogram.calls IS
    'Calls that took that long.';
