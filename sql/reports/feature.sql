-- One feature: what it cost, how fast it was, what failed.
--
--   psql DSN -v feature=NAME -f feature.sql              the last 30 days
--   psql DSN -v feature=NAME -v days=7 -f feature.sql
\if :{?days}
\else
\set days 30
\endif
\pset footer off
\echo feature :feature, last :days days in UTC
\echo
\echo By day
SELECT utc_day, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    sum(input_tokens + cache_read_tokens + cache_write_tokens)
        AS input_tokens,
    sum(output_tokens) AS output_tokens
FROM slipway.usage_by_day
WHERE feature = :'feature'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY utc_day
ORDER BY utc_day DESC;
\echo By tenant
SELECT tenant, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    round(sum(cost_usd) / sum(calls), 8) AS cost_per_call_usd
FROM slipway.usage_by_day
WHERE feature = :'feature'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY tenant
ORDER BY cost_usd DESC, tenant
LIMIT 50;
\echo By model_route
SELECT model_route, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    round(sum(cost_usd) / sum(calls), 8) AS cost_per_call_usd
FROM slipway.usage_by_day
WHERE feature = :'feature'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY model_route
ORDER BY cost_usd DESC, model_route
LIMIT 50;
\echo How long people waited (milliseconds)
SELECT day, calls, ttft_p50_ms, ttft_p95_ms, ttft_p99_ms, latency_p50_ms,
    latency_p95_ms, latency_p99_ms
FROM slipway.latency_by_day
WHERE feature = :'feature'
    AND day > (now() AT TIME ZONE 'UTC')::date - :days
ORDER BY day DESC;
\echo What failed
SELECT error, outcome, model_route, sum(calls) AS calls,
    max(last_request_id) AS last_request_id
FROM slipway.errors_by_hour
WHERE feature = :'feature' AND hour > now() - :days * interval '1 day'
GROUP BY error, outcome, model_route
ORDER BY calls DESC;
