-- How long people waited, by day and feature, from the histograms of
-- latency_histogram: below 32 ms exact, above at most 6.3 % too high.
CREATE OR REPLACE VIEW slipway.latency_by_day AS
WITH buckets AS (
    SELECT l.day,
        CASE WHEN grouping(l.feature) = 1 THEN '(all)' ELSE l.feature END
            AS feature,
        grouping(l.feature) AS is_all, l.what, l.within_ms,
        sum(l.calls) AS calls
    FROM slipway.latency_histogram AS l
    GROUP BY GROUPING SETS ((l.day, l.what, l.within_ms),
        (l.day, l.feature, l.what, l.within_ms))
), ranks AS (
    SELECT b.day, b.feature, b.is_all, b.what, b.within_ms,
        sum(b.calls) OVER (PARTITION BY b.day, b.is_all, b.feature, b.what
            ORDER BY b.within_ms) AS upto,
        sum(b.calls) OVER (PARTITION BY b.day, b.is_all, b.feature, b.what)
            AS total
    FROM buckets AS b
)
SELECT r.day,
    r.feature,
    (max(r.total) FILTER (WHERE r.what = 'latency'))::bigint AS calls,
    min(r.within_ms) FILTER (WHERE r.what = 'ttft'
        AND r.upto >= 0.50 * r.total) AS ttft_p50_ms,
    min(r.within_ms) FILTER (WHERE r.what = 'ttft'
        AND r.upto >= 0.95 * r.total) AS ttft_p95_ms,
    min(r.within_ms) FILTER (WHERE r.what = 'ttft'
        AND r.upto >= 0.99 * r.total) AS ttft_p99_ms,
    min(r.within_ms) FILTER (WHERE r.what = 'latency'
        AND r.upto >= 0.50 * r.total) AS latency_p50_ms,
    min(r.within_ms) FILTER (WHERE r.what = 'latency'
        AND r.upto >= 0.95 * r.total) AS latency_p95_ms,
    min(r.within_ms) FILTER (WHERE r.what = 'latency'
        AND r.upto >= 0.99 * r.total) AS latency_p99_ms
FROM ranks AS r
GROUP BY r.day, r.is_all, r.feature
ORDER BY r.day DESC, r.is_all DESC, r.feature;

COMMENT ON VIEW slipway.latency_by_day IS
    'Milliseconds from acceptance to the first token (ttft) and to the end '
    '(latency), by day and feature, with one line (all) a day; newest first. '
    'Calls whose worker died are left out.';
COMMENT ON COLUMN slipway.latency_by_day.day IS
    'Day in the time zone of the tenant.';
COMMENT ON COLUMN slipway.latency_by_day.feature IS
    'Name of the feature; (all): the whole day.';
COMMENT ON COLUMN slipway.latency_by_day.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.latency_by_day.ttft_p50_ms IS
    'Half of the calls that gave a token gave the first one within this.';
COMMENT ON COLUMN slipway.latency_by_day.ttft_p95_ms IS '95 of 100 did.';
COMMENT ON COLUMN slipway.latency_by_day.ttft_p99_ms IS '99 of 100 did.';
COMMENT ON COLUMN slipway.latency_by_day.latency_p50_ms IS
    'Half of the calls ended within this.';
COMMENT ON COLUMN slipway.latency_by_day.latency_p95_ms IS '95 of 100 did.';
COMMENT ON COLUMN slipway.latency_by_day.latency_p99_ms IS '99 of 100 did.';
