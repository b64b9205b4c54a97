-- What a month cost: by tenant, feature, model and day (UTC).
--
--   psql DSN -f month.sql                      this month
--   psql DSN -v month=2026-10 -f month.sql
\if :{?month}
\else
\set month now
\endif
\pset footer off
SELECT date_trunc('month', CASE :'month' WHEN 'now' THEN now() AT TIME ZONE 'UTC'
    ELSE (:'month' || '-01')::timestamp END)::date AS first_day \gset
\echo Month that begins :first_day, days in UTC
\echo
\echo In all
SELECT sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    round(sum(cost_not_exact_usd), 6) AS of_it_not_exact_usd,
    sum(input_tokens) AS input_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens
FROM slipway.usage_by_day
WHERE utc_day >= :'first_day'::date
    AND utc_day < :'first_day'::date + interval '1 month';
\echo By tenant
SELECT tenant, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    count(DISTINCT "user") AS users
FROM slipway.usage_by_day
WHERE utc_day >= :'first_day'::date
    AND utc_day < :'first_day'::date + interval '1 month'
GROUP BY tenant
ORDER BY cost_usd DESC, tenant;
\echo By feature
SELECT feature, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd
FROM slipway.usage_by_day
WHERE utc_day >= :'first_day'::date
    AND utc_day < :'first_day'::date + interval '1 month'
GROUP BY feature
ORDER BY cost_usd DESC, feature;
\echo By model, as the providers bill it
SELECT model_route, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd,
    sum(input_tokens) AS input_tokens,
    sum(cache_read_tokens) AS cache_read_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(output_tokens) AS output_tokens
FROM slipway.usage_by_day
WHERE utc_day >= :'first_day'::date
    AND utc_day < :'first_day'::date + interval '1 month'
GROUP BY model_route
ORDER BY cost_usd DESC, model_route;
\echo By day
SELECT utc_day, sum(calls) AS calls, round(sum(cost_usd), 6) AS cost_usd
FROM slipway.usage_by_day
WHERE utc_day >= :'first_day'::date
    AND utc_day < :'first_day'::date + interval '1 month'
GROUP BY utc_day
ORDER BY utc_day;
\echo This month and what it comes to (the month of today)
SELECT tenant, round(cost_usd, 6) AS cost_usd,
    round(a_day_usd, 6) AS a_day_usd, round(forecast_usd, 6) AS forecast_usd
FROM slipway.month_to_date;
