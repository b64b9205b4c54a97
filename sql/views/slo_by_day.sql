-- The two promises, day by day: first words within 800 ms for 95 of 100, and
-- no more than one 5xx in a thousand.
CREATE OR REPLACE VIEW slipway.slo_by_day AS
SELECT coalesce(e.utc_day, t.utc_day) AS utc_day,
    coalesce(e.calls, 0)::bigint AS calls,
    coalesce(e.failed, 0)::bigint AS calls_5xx,
    round(100.0 * e.failed / nullif(e.calls, 0), 3) AS percent_5xx,
    coalesce(t.calls, 0)::bigint AS calls_with_token,
    coalesce(t.quick, 0)::bigint AS calls_under_800_ms,
    round(100.0 * t.quick / nullif(t.calls, 0), 3) AS percent_under_800_ms,
    t.quick >= 0.95 * t.calls AS ttft_met,
    e.failed <= 0.001 * e.calls AS errors_met
FROM (
    SELECT u.utc_day, sum(u.calls) AS calls,
        coalesce(sum(u.calls) FILTER (WHERE u.is_5xx), 0) AS failed
    FROM slipway.usage_by_hour AS u
    GROUP BY u.utc_day
) AS e
FULL JOIN (
    SELECT l.utc_day, sum(l.calls) AS calls,
        coalesce(sum(l.calls) FILTER (WHERE l.within_ms < 800), 0) AS quick
    FROM slipway.latency_histogram AS l
    WHERE l.what = 'ttft'
    GROUP BY l.utc_day
) AS t ON t.utc_day = e.utc_day
ORDER BY 1 DESC;

COMMENT ON VIEW slipway.slo_by_day IS
    'The service level day by day (UTC): 95 of 100 first tokens in '
    'under 800 ms, and at most 0.1 % of calls that end as a 5xx.';
COMMENT ON COLUMN slipway.slo_by_day.utc_day IS 'Day in UTC.';
COMMENT ON COLUMN slipway.slo_by_day.calls IS 'Calls settled.';
COMMENT ON COLUMN slipway.slo_by_day.calls_5xx IS
    'Of them, those that failed as a 5xx.';
COMMENT ON COLUMN slipway.slo_by_day.percent_5xx IS 'Their share in percent.';
COMMENT ON COLUMN slipway.slo_by_day.calls_with_token IS
    'Calls that gave a first token.';
COMMENT ON COLUMN slipway.slo_by_day.calls_under_800_ms IS
    'Of them, those that gave it in under 800 ms.';
COMMENT ON COLUMN slipway.slo_by_day.percent_under_800_ms IS
    'Their share in percent.';
COMMENT ON COLUMN slipway.slo_by_day.ttft_met IS
    'p95 of the time to the first token was under 800 ms.';
COMMENT ON COLUMN slipway.slo_by_day.errors_met IS 'At most 0.1 % were a 5xx.';
