-- What does not look right: days that cost far more than usual, users that
-- spent far more, calls that no provider accounted for, calls above their
-- reservation, and the ledger's own check.
--
--   psql DSN -f anomalies.sql                    the last 30 days
--   psql DSN -v days=7 -v factor=5 -f anomalies.sql
\if :{?days}
\else
\set days 30
\endif
\if :{?factor}
\else
\set factor 3
\endif
\pset footer off
\echo Days that cost more than :factor times the average of the seven before
SELECT d.utc_day, round(d.cost_usd, 6) AS cost_usd,
    round(d.before_usd, 6) AS usual_usd,
    round(d.cost_usd / nullif(d.before_usd, 0), 1) AS times
FROM (
    SELECT utc_day, sum(cost_usd) AS cost_usd,
        avg(sum(cost_usd)) OVER (ORDER BY utc_day
            ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING) AS before_usd
    FROM slipway.usage_by_hour
    WHERE utc_day > (now() AT TIME ZONE 'UTC')::date - :days - 7
    GROUP BY utc_day
) AS d
WHERE d.utc_day > (now() AT TIME ZONE 'UTC')::date - :days
    AND d.cost_usd > :factor * d.before_usd
ORDER BY d.utc_day DESC;
\echo Users that spent more than :factor times their usual day
SELECT d.utc_day, d.tenant, d."user", round(d.cost_usd, 6) AS cost_usd,
    round(d.usual_usd, 6) AS usual_usd
FROM (
    SELECT utc_day, tenant, "user", sum(cost_usd) AS cost_usd,
        avg(sum(cost_usd)) OVER (PARTITION BY tenant, "user"
            ORDER BY utc_day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)
            AS usual_usd
    FROM slipway.usage_by_day
    WHERE utc_day > (now() AT TIME ZONE 'UTC')::date - :days - 7
    GROUP BY utc_day, tenant, "user"
) AS d
WHERE d.utc_day > (now() AT TIME ZONE 'UTC')::date - :days
    AND d.cost_usd > :factor * d.usual_usd
ORDER BY d.cost_usd DESC
LIMIT 50;
\echo Calls that nobody accounted for (their worker died: charged in full)
SELECT utc_day, tenant, feature, sum(calls) AS calls,
    round(sum(cost_usd), 6) AS cost_usd
FROM slipway.usage_by_day
WHERE outcome = 'abandoned'
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY utc_day, tenant, feature
ORDER BY utc_day DESC, cost_usd DESC;
\echo Calls that cost more than was reserved for them
SELECT utc_day, model_route, sum(calls_over_reservation) AS calls
FROM slipway.usage_by_day
WHERE calls_over_reservation > 0
    AND utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY utc_day, model_route
ORDER BY utc_day DESC, calls DESC;
\echo What is charged without the provider''s own figures, by day
SELECT utc_day, sum(calls_not_exact) AS calls,
    round(sum(cost_not_exact_usd), 6) AS cost_usd,
    round(100 * sum(cost_not_exact_usd) / nullif(sum(cost_usd), 0), 1)
        AS percent
FROM slipway.usage_by_day
WHERE utc_day > (now() AT TIME ZONE 'UTC')::date - :days
GROUP BY utc_day
HAVING sum(calls_not_exact) > 0
ORDER BY utc_day DESC;
\echo Faults of the ledger (must be none)
SELECT * FROM slipway.ledger_check;
