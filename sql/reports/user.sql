-- One user: what it cost, on what, and its last calls.
--
--   psql DSN -v user=NAME -f user.sql              the last 30 days
--   psql DSN -v user=NAME -v days=7 -f user.sql
\if :{?days}
\else
\set days 30
\endif
\pset footer off
\echo user :user, last :days days in UTC
\echo
\echo By day
SELECT utc_day, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    sum(input_tokens + cache_read_tokens + cache_write_tokens)
        AS input_tokens,
    sum(output_tokens) AS output_tokens
FROM slipway.usage_by_day
WHERE "user" = :'user'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY utc_day
ORDER BY utc_day DESC;
\echo By feature
SELECT feature, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    round(sum(cost_usd) / sum(calls), 8) AS cost_per_call_usd
FROM slipway.usage_by_day
WHERE "user" = :'user'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY feature
ORDER BY cost_usd DESC, feature
LIMIT 50;
\echo By model_route
SELECT model_route, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    round(sum(cost_usd) / sum(calls), 8) AS cost_per_call_usd
FROM slipway.usage_by_day
WHERE "user" = :'user'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY model_route
ORDER BY cost_usd DESC, model_route
LIMIT 50;
\echo The last 20 calls
SELECT request_id, created_at, feature, model_route, outcome, error, basis,
    cost_usd, latency_ms
FROM slipway.calls
WHERE "user" = :'user'
    AND day > (now() AT TIME ZONE 'UTC')::date - :days - 1
ORDER BY request_id DESC
LIMIT 20;
