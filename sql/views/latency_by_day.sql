-- How long people waited, by day and feature.
CREATE OR REPLACE VIEW slipway.latency_by_day AS
SELECT c.day,
    CASE WHEN grouping(c.feature) = 1 THEN '(all)' ELSE c.feature END
        AS feature,
    count(*) AS calls,
    percentile_disc(0.50) WITHIN GROUP (ORDER BY c.ttft_ms) AS ttft_p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY c.ttft_ms) AS ttft_p95_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY c.ttft_ms) AS ttft_p99_ms,
    percentile_disc(0.50) WITHIN GROUP (ORDER BY c.latency_ms)
        AS latency_p50_ms,
    percentile_disc(0.95) WITHIN GROUP (ORDER BY c.latency_ms)
        AS latency_p95_ms,
    percentile_disc(0.99) WITHIN GROUP (ORDER BY c.latency_ms)
        AS latency_p99_ms
FROM slipway.llm_calls AS c
WHERE c.outcome <> 'abandoned'
GROUP BY GROUPING SETS ((c.day), (c.day, c.feature))
ORDER BY c.day DESC, grouping(c.feature) DESC, c.feature;

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
